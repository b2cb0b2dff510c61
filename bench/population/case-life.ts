import type { CommandName, Payloads } from '../../domain/commands/vocabulary.ts';
import { type ItemId, itemId, type UserId } from '../../domain/ids.ts';
import type { Actor, Command, Facts } from '../../domain/process/context.ts';
import { type Accepted, decide } from '../../domain/process/decide.ts';
import { evolve, type ItemEvent } from '../../domain/process/events.ts';
import { nextSystemStep, type SystemStep } from '../../domain/process/next-system-step.ts';
import { newItem } from '../../domain/process/state.ts';
import { touches } from '../../domain/process/touches.ts';
import { type Instant, instant } from '../../domain/time.ts';
import { GENESIS } from '../../proof/record.ts';
import type { CommitRequest } from '../../record/commit.ts';
import { nextDebt } from '../../record/debt.ts';
import { keepWhole } from '../../record/files.ts';
import type { LoadedItem } from '../../record/load-item.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { DataKey, OfficeKey } from '../../record/seal.ts';
import { keyForNew, sealAll } from '../../record/texts.ts';
import { write } from '../../record/write.ts';
import type { Photo } from '../../stack/photo.ts';
import type { Collector } from './collector.ts';
import type { Random } from './random.ts';
import { hearing, type Intent, nextIntent, photos } from './script.ts';
import { candidatesFor, factsFor, type World } from './world.ts';

export interface Surroundings {
  world: World;
  random: Random;
  collector: Collector;
  officeKey: OfficeKey;
  build: string;
  /** Nothing is written that would be later. */
  until: Instant;
  /** How many people there are to come with a demand; some come more than once. */
  residents: number;
}

/** What the record says of a move's Temporal run: there was none. */
const RUN = '00000000-0000-4000-8000-000000000000';

interface Step {
  actor: Actor;
  key: string;
  name: CommandName;
  payload: Payloads[CommandName];
  texts: Record<string, string>;
  at: Instant;
}

/**
 * One case from its hearing to where it stands at `until`: people as the script has them, the system as
 * `nextSystemStep` has it, every command through `decide`, every record through record/write.ts.
 */
export async function liveCase(around: Surroundings, startsAt: Instant): Promise<void> {
  const { world, random, collector, until, residents } = around;
  collector.beginCase();
  const { demand, ...first } = hearing(world, random, residents);
  const life = begin(around, startsAt);
  const submitters = world.people.map(({ user }) => user);
  await life.person({ ...first, by: submitters, afterMs: 0 }, startsAt);
  for (;;) {
    const { item } = life;
    const at = instant(Math.min(until, item.lastAt + random.whole(20, 400)));
    const next = nextSystemStep(world.plan, item.state, at, [], []);
    if ('step' in next) {
      await life.system(next.step, at);
      continue;
    }
    const intent = nextIntent(world, random, item.state, demand, at);
    const then = intent ? item.lastAt + intent.afterMs : Number.POSITIVE_INFINITY;
    const fires = next.until ?? Number.POSITIVE_INFINITY;
    if (Math.min(then, fires) > until) return;
    if (intent && then < fires) await life.person(intent, instant(then));
    else life.wait(instant(fires));
  }
}

interface Life {
  item: LoadedItem;
  person(intent: Intent, at: Instant): Promise<void>;
  system(step: SystemStep, at: Instant): Promise<void>;
  /** Until a clock fires. */
  wait(until: Instant): void;
}

function begin(around: Surroundings, startsAt: Instant): Life {
  const { world, random, collector, officeKey, build } = around;
  const { plan, planHash } = world;
  const id = itemId(random.uuid());
  let key: DataKey | undefined;
  const brought = new Set<Photo>();
  const life: Life = {
    item: {
      id,
      kind: plan.kind,
      code: '',
      plan,
      planHash,
      state: newItem(plan),
      head: GENESIS,
      peopleRev: 0,
      lastAt: startsAt,
      nextDue: null,
    },
    async person({ name, payload, texts, by }, at) {
      const actors = by.map((user): Actor => ({ kind: 'person', user }));
      await apply({ key: random.uuid(), name, payload, texts, at }, actors);
    },
    async system(step, at) {
      const { item } = life;
      const payload = payloadOf(world, item, step, at);
      await apply({ key: `${id}:${step.key}`, name: step.command, payload, texts: {}, at }, [{ kind: 'system' }]);
    },
    wait: (until) => void (life.item = { ...life.item, lastAt: until }),
  };

  async function apply(step: Omit<Step, 'actor'>, actors: Actor[]): Promise<void> {
    const { item } = life;
    const { command, facts, decision } = decideAsOneOf(world, random, item, step, actors);
    const tx = collector.transaction(step.at);
    const isNew = item.state.rev === 0;
    const { actor } = command;
    const { reporterPhone } = step.texts;
    const request: CommitRequest = {
      office: world.office,
      item: id,
      actor,
      ...step,
      ...(reporterPhone === undefined ? {} : { subject: reporterPhone }),
      expected: isNew ? { new: true } : { rev: item.state.rev, head: item.head },
      run: actor.kind === 'system' ? RUN : null,
    };
    const state = evolve(item.state, decision.events);
    key ??= await keyForNew(tx, officeKey, id, request.subject);
    for (const photo of photosNamed(command)) {
      if (actor.kind === 'person' && !brought.has(photo)) await bringPhoto(tx, key, id, photo, actor.user);
      brought.add(photo);
    }
    const texts = sealAll(key, step.texts);
    const debt = await nextDebt(tx, item, state, command);
    const needsKey = isNew || texts.length > 0;
    const writing = { id: random.uuid(), state, key: needsKey ? key : undefined, texts, debt, build };
    const { head, answer } = await write(tx, officeKey, request, { item, command, facts, decision }, writing);
    const peopleRev = actor.kind === 'person' ? state.rev : item.peopleRev;
    const { code } = JSON.parse(answer) as { code: string }; // as write.ts has just written it
    life.item = { ...item, code, state, head, peopleRev, lastAt: step.at, nextDue: debt.nextDue };
    keepCounters(world, item, decision.events);
  }
  return life;
}

/** Photographs that a command names as evidence. */
function photosNamed({ payload }: Command): Photo[] {
  const named = payload && 'evidence' in payload ? payload.evidence.map(({ sha256 }) => sha256) : [];
  return photos.filter(({ sha256 }) => named.includes(sha256));
}

async function bringPhoto(tx: OfficeTransaction, key: DataKey, item: ItemId, photo: Photo, by: UserId): Promise<void> {
  const { bytes, sha256 } = photo;
  const file = { item, sha256, size: bytes.length, type: 'image/jpeg', name: '现场.jpg', by } as const;
  await keepWhole(tx, key, { ...file, shown: [{ from: 0, to: bytes.length }] }, bytes);
}

/** Asks the rules for one after the other, beginning anywhere. @throws Error when they let nobody */
function decideAsOneOf(
  world: World,
  random: Random,
  item: LoadedItem,
  { name, payload, texts, at }: Omit<Step, 'actor'>,
  actors: readonly Actor[],
): { command: Command; facts: Facts; decision: Accepted } {
  const touched = touches(item.plan, item.state, { name, payload });
  const begin = random.whole(0, Math.max(0, actors.length - 1));
  let reason = 'nobody might';
  for (const actor of [...actors.slice(begin), ...actors.slice(0, begin)]) {
    const command: Command = { name, payload, texts: Object.keys(texts), actor, at, receivedAt: at, seed: item.head };
    const facts = factsFor(world, actor, item.state, touched, at);
    const decision = decide(item.plan, item.state, command, facts);
    if (decision.ok) return { command, facts, decision };
    reason = JSON.stringify(decision.refusal);
  }
  throw new Error(`${name} in ${item.state.at} was refused: ${reason}`);
}

function payloadOf(world: World, { state }: LoadedItem, step: SystemStep, at: Instant): Payloads[CommandName] {
  if (step.kind === 'level') {
    const { id, run, limit, level } = step.level;
    return { id, run, limit, level };
  }
  if (step.kind === 'queued') throw new Error('a case of the population asks nothing of another');
  return step.activity ? { candidates: candidatesFor(world, state, at) } : (step.payload ?? {});
}

/** What is held and assigned, as the database's triggers would count it; free stays as much as it was. */
function keepCounters({ teams, resources }: World, item: LoadedItem, events: readonly ItemEvent[]): void {
  const load = (id: string, by: number): void => {
    for (const team of teams)
      if (team.id === id) [team.openLoad, team.maxOpenLoad] = [team.openLoad + by, team.maxOpenLoad + by];
  };
  const hold = (id: string, by: number): void => {
    for (const resource of resources)
      if (resource.id === id) {
        resource.reserved += by;
        if (resource.capacity !== null) resource.capacity += by;
      }
  };
  for (const event of events) {
    if (event.type === 'reserved') hold(event.held.resource, event.held.amount);
    if (event.type === 'released')
      hold(event.resource, -(item.state.reservations.find(({ id }) => id === event.id)?.amount ?? 0));
    if (event.type === 'lead-assigned') load(event.team, 1);
    if (event.type === 'lead-ended') load(event.team, -1);
  }
}
