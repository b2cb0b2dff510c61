import { randomInt } from 'node:crypto';
import type { CommandName, Payloads } from '../domain/commands/vocabulary.ts';
import { resourceId, teamId } from '../domain/ids.ts';
import { type Photo, photoOf } from '../stack/photo.ts';
import { alike } from './office.ts';

/** What a person does next, and the moves that the workflow then makes by itself. */
export interface LifeStep<Name extends CommandName = CommandName> {
  /** An account; or the duty for which somebody was drawn by lot. */
  by: string | { drawn: string };
  command: Name;
  payload: Payloads[Name];
  texts: Record<string, string>;
  moves: CommandName[];
  /** What is brought before, because the step names it. */
  brings?: Photo;
}

/** Every account that a life needs; the checker and the caller are drawn from the holders of their roles. */
export const accounts = [
  'grid1',
  'intake1',
  'match1',
  'dispatch1',
  'clerk1',
  'case1',
  'inspect1',
  'callback1',
  'review1',
] as const;

const lit = photoOf('stairs, lit, at night');

function step<Name extends CommandName>(
  by: LifeStep['by'],
  command: Name,
  payload: Payloads[Name],
  moves: CommandName[] = [],
  texts: Record<string, string> = {},
): LifeStep<Name> {
  return { by, command, payload, texts, moves };
}

/**
 * The stair lights of the sample office from the hearing to the closure: 10 steps of people, 7 moves. Each life has a
 * resident of its own; clients share people, resources and teams as colleagues do.
 */
export function lifeOf(client: number): LifeStep[] {
  const as = (name: (typeof accounts)[number]): string => alike(name, client);
  const words = {
    title: '青莲3栋楼道灯全坏',
    words: '3栋从一楼到六楼的灯都不亮，晚上老人上下楼看不见。希望尽快来修。',
    place: '青莲社区3栋',
    reporterName: '张某某',
    reporterPhone: `138${randomInt(10 ** 8, 10 ** 9)}`,
  };
  return [
    step(as('grid1'), 'submit', { channel: 'grid', kind: 'help', area: 'QL-G1', peopleAffected: 72 }, [], words),
    step(
      as('intake1'),
      'register',
      {
        category: 'municipal',
        urgency: 'ordinary',
        limit: { kind: 'work_day', amount: 2 },
        skills: ['electrical'],
        needs: [{ id: 'lamps', kind: 'goods', unit: 'piece', amount: 20 }],
      },
      ['start-matching'],
    ),
    step(as('match1'), 'reserve', { need: 'lamps', resource: resourceId(alike('R05', client)), amount: 20 }),
    step(as('dispatch1'), 'assign', { team: teamId(alike('T03', client)) }, ['dispatch']),
    step(as('clerk1'), 'sign', {}),
    step(as('case1'), 'contact', { means: 'phone' }, ['start-work'], { note: '约定今晚上门。' }),
    {
      ...step(as('case1'), 'hand-in', { evidence: [{ kind: 'photo', sha256: lit.sha256 }] }, ['draw-check'], {
        result: '一次上门全部更换，夜间亮灯照片为证。',
      }),
      brings: lit,
    },
    step({ drawn: 'checker' }, 'check', { outcome: 'pass' }, ['draw-call-back']),
    step({ drawn: 'caller' }, 'call-back', { reached: 'reached', solved: 'yes', satisfied: 'very' }, ['submit-review']),
    step(as('review1'), 'review', { closureType: 'solved' }, ['release']),
  ];
}

export const STEPS_OF_LIFE = lifeOf(0).length;

/** The account that takes this step. @throws Error when nobody was drawn */
export function actorOf({ by, command }: LifeStep, drawn: readonly (readonly [string, string])[]): string {
  if (typeof by === 'string') return by;
  const found = drawn.find(([, duty]) => duty === by.drawn);
  if (!found) throw new Error(`nobody was drawn for ${command}`);
  return found[0];
}
