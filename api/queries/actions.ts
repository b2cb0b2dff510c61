import { z } from 'zod';
import { commands } from '../../domain/commands/vocabulary.ts';
import type { UserId } from '../../domain/ids.ts';
import type { Action } from '../../domain/process/actions.ts';
import { blockerOf } from '../../domain/process/lists.ts';
import { refusalCodes } from '../../domain/refusals.ts';
import { formatInstant } from '../../domain/time.ts';
import { type LoadedItem, waitingFor } from '../../record/load-item.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { CommandContract } from '../contract/command.ts';
import { commandContracts } from '../contract/commands.ts';
import type { Actions } from '../contract/items.ts';
import { blockerWords, isBlocker } from '../words/blockers.ts';
import { type Language, say } from '../words/say.ts';
import { advise, createAsker } from './advice.ts';
import { stateTitles, type StateTitles } from './definitions.ts';
import { grantsNow } from './reading.ts';

type View = z.output<typeof Actions>;

/** What this person may do with a case now, and for everything else the reason: the rules' own answer, not a copy of them. */
export async function readActions(
  tx: OfficeTransaction,
  user: UserId,
  item: LoadedItem,
  language: Language,
): Promise<View> {
  const states = await stateTitles(tx, item.planHash);
  const asker = createAsker(tx, user, await grantsNow(tx, user, tx.beganAt), tx.beganAt);
  const found = await advise(tx, asker, item);
  const { stuck } = await waitingFor(tx, item.id);
  return {
    rev: item.state.rev,
    state: item.state.at,
    actions: found.map((action) => view(action, language, states)),
    stuck: stuck.map(({ step, code, lacks, tries, retryAt }) => ({
      step,
      code,
      text: textOf(code, language),
      list: blockerOf(lacks),
      tries,
      retryAt: formatInstant(retryAt),
    })),
  };
}

function view(action: Action, language: Language, states: StateTitles): View['actions'][number] {
  const { command, allowed, to, refusal, passedOver } = action;
  const { body, example } = contractOf(command);
  return {
    command,
    title: commands[command].title,
    stage: commands[command].stage,
    allowed,
    to: to ?? null,
    refusal: refusal
      ? {
          code: refusal.code,
          text: say(refusal.code, language, refusal.details, states),
          details: refusal.details ?? {},
        }
      : null,
    passedOver: passedOver.map(({ to: target, roles, when }) => ({ to: target, roles, when })),
    payload: payloadSchema(body),
    example: { ...example },
  };
}

function contractOf(command: Action['command']): CommandContract {
  const found = Object.values(commandContracts).find(({ name }) => name === command);
  if (!found) throw new Error(`no contract for ${command}`);
  return found;
}

// made once for each command: a schema is the same for everybody and for ever
const schemas = new Map<z.ZodType, Record<string, unknown>>();

function payloadSchema(body: z.ZodType): Record<string, unknown> {
  const known = schemas.get(body);
  if (known) return known;
  const made: Record<string, unknown> = { ...z.toJSONSchema(body, { io: 'input' }) };
  schemas.set(body, made);
  return made;
}

function textOf(code: string, language: Language): string {
  const known = refusalCodes.find((refusal) => refusal === code);
  if (known) return say(known, language);
  return isBlocker(code) ? blockerWords[code][language] : code;
}
