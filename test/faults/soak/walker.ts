import { setTimeout as sleep } from 'node:timers/promises';
import type { CaseBody } from '../../../stack/story-client.ts';
import type { Ask, Desk, Reply } from '../http.ts';
import { type Entry, isApplied, isUnknown, type Ledger } from './ledger.ts';
import { namesPhoto } from '../../support/people.ts';
import type { Random } from './random.ts';
import { bystanders, isOver, newDemand, nextStep, type Step } from './steps.ts';

/** What all clients share. */
export interface Field {
  desk: Desk;
  ledger: Ledger;
  /** Cases that somebody left open: anybody may take them up. */
  parked: string[];
  /** No new step is begun any more. */
  isOver(): boolean;
  /** Nothing is asked again any more. */
  isClosed(): boolean;
}

/** Looks at a case that does not move, until somebody else may have it. */
const MOST_LOOKS = 60;

/** One client: walks one case after another, as people do, with the mistakes that people and networks make. */
export async function walk(client: number, field: Field, random: Random): Promise<void> {
  const { desk, ledger, parked } = field;
  const seen = new Map<string, number>();
  let keys = 0;

  const ask = (user: string, path: string, body: object, ifMatch?: number): Entry => {
    keys += 1;
    const key = `c${client}-${keys}`;
    const entry: Entry = {
      client,
      ask: { user, path, body, key, ...(ifMatch === undefined ? {} : { ifMatch }) },
      heard: [],
    };
    ledger.entries.push(entry);
    return entry;
  };

  /** Invariant 14: this client saw a later revision of the case before. */
  function sees(item: string, rev: number): void {
    const before = seen.get(item) ?? 0;
    if (rev < before) ledger.seen.push(`client ${client} saw ${item} at ${before}, then at ${rev}`);
    seen.set(item, Math.max(rev, before));
  }

  /** Asks until somebody knows what became of it, always with the same key. */
  async function settle(entry: Entry): Promise<Reply | undefined> {
    while (!field.isClosed()) {
      const reply = await desk.post(entry.ask);
      entry.heard.push(reply);
      if (!isUnknown(reply)) return reply;
      await sleep(100 + random.below(500));
      if (random.chance(0.2) && (await wasTold(entry))) return reply;
    }
    return undefined;
  }

  /** Invariant 5: the answer can be asked for. */
  async function wasTold(entry: Entry): Promise<boolean> {
    const reply = await desk.get(entry.ask.user, `/v1/commands?key=${entry.ask.key}`);
    if (!isApplied(reply)) return false;
    entry.told = JSON.stringify((JSON.parse(reply.bytes) as { answer: unknown }).answer); // as the contract has it
    return true;
  }

  async function take(item: string, step: Step, rev: number): Promise<void> {
    const path = `/v1/cases/${item}/${step.command}`;
    const user = random.chance(0.04) ? random.pick(bystanders) : step.user;
    const ifMatch = random.chance(0.05) ? Math.max(1, rev - 1 - random.below(3)) : rev;
    if (namesPhoto(step.body)) await bring(step.user, item);
    const entry = ask(user, path, step.body, ifMatch);
    if (random.chance(0.05)) return await race(entry, path, step, ifMatch);
    const replies = random.chance(0.05) ? await Promise.all([settle(entry), settle(entry)]) : [await settle(entry)];
    const applied = replies.find((reply) => reply !== undefined && isApplied(reply));
    if (!applied || !isApplied(applied)) return;
    sees(item, applied.etag ?? 0);
    if (random.chance(0.1)) await settle(entry); // it did not believe it
    if (random.chance(0.03)) await reuse(entry);
  }

  /** Until it is there: a command that names what was never brought is refused, and says nothing of faults. */
  async function bring(user: string, item: string): Promise<void> {
    while (!field.isClosed()) {
      const reply = await desk.bring(user, item);
      if (!isUnknown(reply)) return;
      await sleep(100 + random.below(500));
    }
  }

  async function race(entry: Entry, path: string, { user, body }: Step, ifMatch: number): Promise<void> {
    const rival = ask(user, path, body, ifMatch);
    entry.race = `${entry.ask.key} and ${rival.ask.key}`;
    rival.race = entry.race;
    await Promise.all([settle(entry), settle(rival)]);
  }

  /** Invariant 2: a key that was applied is no key for anything else. */
  async function reuse({ ask: first }: Entry): Promise<void> {
    const other: Ask = { ...first, body: { ...first.body, note: '另一件事' } };
    const reply = await desk.post(other);
    if (!isUnknown(reply) && !('lost' in reply) && reply.status !== 422)
      ledger.seen.push(`${first.key} was used for another request: ${reply.status}`);
  }

  async function open(): Promise<string | undefined> {
    if (parked.length > 0 && random.chance(parked.length > 12 ? 0.8 : 0.3))
      return parked.splice(random.below(parked.length), 1)[0];
    const { user, body } = newDemand(random);
    const reply = await settle(ask(user, '/v1/cases', body));
    return reply && isApplied(reply) ? (JSON.parse(reply.bytes) as { id: string }).id : undefined; // as the contract has it
  }

  async function look(item: string): Promise<CaseBody | undefined> {
    const reply = await desk.get(random.pick(['intake1', 'case3', 'review1']), `/v1/cases/${item}`);
    if (!isApplied(reply)) return undefined;
    const view = JSON.parse(reply.bytes) as CaseBody; // as the contract has it
    sees(item, view.rev);
    return view;
  }

  async function accompany(item: string): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS && !field.isOver(); looks += 1) {
      const view = await look(item);
      const step = view && nextStep(view, random);
      if (view && step) await take(item, step, view.rev);
      else if (view && isOver(view)) return;
      if (step) looks = 0;
      await sleep(20 + random.below(step ? 80 : 300));
    }
    parked.push(item);
  }

  while (!field.isOver()) {
    const item = await open();
    if (item !== undefined) await accompany(item);
  }
}
