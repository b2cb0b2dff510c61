import { continueAsNew, defineQuery, setHandler, workflowInfo } from '@temporalio/workflow';
import { mayRest, nextSystemStep, type SystemStep } from '../domain/process/next-system-step.ts';
import { type Instant, LAST_INSTANT } from '../domain/time.ts';
import { setUpAlarm } from './alarm.ts';
import { hangBell } from './bell.ts';
import { catchUp, commitMove } from './door.ts';
import { type Errand, prepareErrand } from './errand.ts';
import { type Caught, type Found, type ItemRef, type Known, KNOWN_QUERY } from './messages.ts';
import { follow, type Standing } from './standing.ts';

/**
 * The life of an item. Looks where it stands, asks what it needs from the system, does that and commits it as a move;
 * then again, until there is nothing to do but to wait for a wake or an instant. Knows nothing that the record does not
 * know: it may be lost, doubled or put back at any moment and only ever lags behind.
 */
export async function item(ref: ItemRef): Promise<void> {
  const bell = hangBell();
  const alarm = setUpAlarm(bell.ring);
  const errand = prepareErrand(ref, bell.ring);
  let standing: Standing | undefined;
  setHandler(defineQuery<Known>(KNOWN_QUERY), () => knownOf(standing));

  const look = (): Promise<Caught> => {
    bell.hush();
    return catchUp({ ...ref, known: knownOf(standing) });
  };

  let caught = await look();
  for (;;) {
    if (caught.absent) return;
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof item>(ref);
    standing = follow(standing, caught);
    const turn = nextTurn(standing, caught, errand);
    if ('step' in turn) {
      bell.hush();
      caught = await commitMove({ ...ref, known: { rev: standing.rev, head: standing.head }, ...turn });
      continue;
    }
    const idle = !errand.isOut() && caught.queued.length === 0;
    const rests = idle && mayRest(standing.plan, standing.state, caught.at, turn.until);
    if (rests && !bell.hasRung()) return;
    if (!rests && turn.until !== null) alarm.set((turn.until - caught.at) / caught.scale);
    await bell.rings();
    caught = await look();
  }
}

type Turn = { step: SystemStep; found?: Found } | { until: Instant | null };

/** A step that can be committed now, or the instant until which there is none. */
function nextTurn({ plan, state }: Standing, caught: Exclude<Caught, { absent: true }>, errand: Errand): Turn {
  const next = nextSystemStep(plan, state, caught.at, caught.queued, caught.stuck);
  if ('step' in next && next.step.kind !== 'auto') return next; // an errand that is out goes on beside clocks and others' wishes
  const activity = 'step' in next && next.step.kind === 'auto' ? next.step.activity : undefined;
  if (!('step' in next) || !activity) {
    errand.giveUp();
    return next;
  }
  const found = errand.resultFor(activity, state.entered);
  if (found) return { step: next.step, found };
  const meanwhile = nextSystemStep(plan, state, caught.at, caught.queued, [passedOver(next.step), ...caught.stuck]);
  return 'until' in meanwhile && meanwhile.until === LAST_INSTANT ? { until: null } : meanwhile;
}

/** A step whose errand is out waits without an end, as a stuck one waits until it is tried again. */
function passedOver({ command }: SystemStep): { step: string; retryAt: Instant } {
  return { step: command, retryAt: LAST_INSTANT };
}

function knownOf(standing: Standing | undefined): Known {
  return standing ? { rev: standing.rev, head: standing.head } : { rev: 0, head: null };
}
