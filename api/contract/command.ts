import { z } from 'zod';
import type { Empty, Payloads } from '../../domain/commands/vocabulary.ts';
import { words } from './values.ts';

/** What people may ask of an existing case. The search alone brings candidates, so nobody may send them. */
export interface FromPeople extends Omit<
  Payloads,
  'submit' | 'absorb' | 'start-matching' | 'unblock' | 'reach-level' | 'correct-calendar'
> {
  'start-matching': Empty;
  unblock: Empty;
}
export type PersonCommand = keyof FromPeople;

/** Words that come along with a command; sealed before they are stored. */
export const textNames = ['reason', 'result', 'told', 'title', 'place', 'remainder', 'note'] as const;
export type TextName = (typeof textNames)[number];
export type CommandTexts = { [Name in TextName]?: string };

/** One command at the edge: the shape of its flat body, and how the body comes apart again. */
export interface CommandContract<Name extends PersonCommand = PersonCommand> {
  name: Name;
  /** Payload fields and texts side by side; unknown fields are refused. */
  body: z.ZodType<object>;
  /** Whether the command may be sent without a body. */
  bare: boolean;
  example: object;
  split: (body: object) => { payload: Payloads[Name]; texts: Record<string, string> };
}

/** `unknown` where two types are the same in both directions and in their keys; a contract that drifts does not compile. */
type Same<A, B> = [A, keyof A] extends [B, keyof B] ? ([B, keyof B] extends [A, keyof A] ? unknown : never) : never;
type Strict<Shape extends z.ZodRawShape> = z.ZodObject<Shape, z.core.$strict>;
type Example<Shape extends z.ZodRawShape> = (keyof Shape extends never ? unknown : z.input<Strict<Shape>>) &
  CommandTexts;

const text = (most: number, description: string) => words(most).exactOptional().meta({ description });
const shapes: Record<TextName, ReturnType<typeof text>> = {
  reason: text(2000, '理由 / reason; required where the definition says so'),
  result: text(2000, '办理结果 / what was done'),
  told: text(2000, '告知诉求人的内容 / what the resident was told'),
  title: text(200, '标题 / title'),
  place: text(200, '地点 / place'),
  remainder: text(200, '未解决部分，成为新诉求的标题 / what is left: the title of the demand that it becomes'),
  note: text(2000, '备注 / note'),
};

/** Every command takes a note; `texts` names the other words it takes. */
export function contract<const Name extends PersonCommand, Shape extends z.ZodRawShape>(
  name: Name,
  payload: Strict<Shape> & Same<z.output<Strict<Shape>>, FromPeople[Name]>,
  texts: Exclude<TextName, 'note'>[],
  example: Example<Shape>,
): CommandContract<Name> {
  const names: TextName[] = [...texts, 'note'];
  const worded = Object.fromEntries(names.map((word) => [word, shapes[word]])) as typeof shapes; // those of `names`
  const body = z.strictObject({ ...payload.shape, ...worded }).meta({ examples: [example] });
  return {
    name,
    body,
    bare: payload.safeParse({}).success,
    example,
    split(given) {
      const entries = Object.entries(given);
      const isText = ([key]: [string, unknown]): boolean => names.some((word) => word === key);
      return {
        // `body` parsed it, and its fields are the payload's and the texts'
        payload: Object.fromEntries(entries.filter((entry) => !isText(entry))) as Payloads[Name],
        texts: Object.fromEntries(entries.filter(isText)),
      };
    },
  };
}
