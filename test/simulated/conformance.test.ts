import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catchUp } from '../../activities/catch-up.ts';
import { commitMove } from '../../activities/commit-move.ts';
import { findCandidates } from '../../activities/find-candidates.ts';
import { createGainLoop } from '../../background/gains.ts';
import { createWaker } from '../../background/waker.ts';
import { hash, type ItemId, itemId, userId } from '../../domain/ids.ts';
import type { Plan } from '../../domain/process/definition.ts';
import { nextSystemStep } from '../../domain/process/next-system-step.ts';
import type { ItemState } from '../../domain/process/state.ts';
import { instant } from '../../domain/time.ts';
import { commit, type CommitRequest } from '../../record/commit.ts';
import { retryStuck } from '../../record/retry-stuck.ts';
import type { ItemRef } from '../../workflows/messages.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { bringPhoto, namesPhoto, OFFICE } from '../support/people.ts';
import { Both, type Side } from './both.ts';
import { forbidden, refusal } from './forbidden.ts';
import { onMachine } from './machine.ts';
import { besideTheWork, merging, sensible, submission, type Wish, wild } from './people.ts';
import { waitingFor } from './properties/driving.ts';
import { GENESIS } from '../../proof/record.ts';
import { type Random, randomOf } from './random.ts';

const logger = pino({ level: 'silent' });

/** Asks both sides the same, and expects the same. */
class Asker {
  readonly both: Both;
  readonly random: Random;
  readonly items: ItemId[] = [];
  readonly sent: CommitRequest[] = [];
  readonly kinds = new Map<string, number>();

  constructor(both: Both, random: Random) {
    this.both = both;
    this.random = random;
  }

  stateOf(item: ItemId): ItemState | undefined {
    const row = this.both.fake.tables.item.get(item);
    return row && (JSON.parse(row.state) as ItemState); // as write.ts stored it
  }

  async same<T>(question: (side: Side) => Promise<T>): Promise<T | string> {
    const { real, stand } = await this.both.ask(question);
    expect(JSON.parse(strip(stand))).toEqual(JSON.parse(strip(real)));
    return stand;
  }

  async send(request: CommitRequest): Promise<string> {
    this.sent.push(request);
    const { payload, actor, item } = request;
    if (actor.kind === 'person' && namesPhoto(payload))
      await this.same(async ({ store }) => await bringPhoto(store, item, actor.user));
    const outcome = await this.same(async ({ store }) => await commit(store, request));
    const kind = typeof outcome === 'string' ? outcome : outcome.kind;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    return kind;
  }

  request(item: ItemId, { user, name, payload, texts: words }: Wish, ifMatch: number | undefined): CommitRequest {
    const more = this.random.chance(0.3) && ifMatch === undefined ? { subject: `1390000${this.random.below(5)}` } : {};
    return {
      office: OFFICE,
      item,
      actor: { kind: 'person', user: userId(user) },
      key: `k${this.sent.length}`,
      name,
      payload,
      texts: words,
      expected: ifMatch === undefined ? { new: true } : { ifMatch },
      run: null,
      ...more,
    };
  }

  async person(): Promise<void> {
    const { random } = this;
    const item = random.pick(this.items.slice(-6));
    const state = this.stateOf(item);
    if (!state) return;
    const merges = random.chance(0.06);
    const others = random.chance(0.1) ? wild(state, random) : sensible(state, random);
    const wish = merges ? merging(random.pick(this.items.slice(-6))) : others;
    await this.send(this.request(item, wish, state.rev - (random.chance(0.1) ? 1 : 0)));
  }

  /** What the workflow would do for the item, search and all; now and then on a record that is not the last. */
  async system(): Promise<void> {
    const { tables } = this.both.fake;
    const item = this.random.pick(this.items);
    const row = tables.item.get(item);
    if (!row) return await this.beginning(item);
    const plan = JSON.parse(tables.definition_version.get(row.definition_hash)?.plan ?? '') as Plan; // compiled before it was stored
    const { queued, stuck } = waitingFor(tables, item);
    const state = JSON.parse(row.state) as ItemState; // as write.ts stored it
    const next = nextSystemStep(plan, state, instant(this.both.fake.now()), queued, stuck);
    if (!('step' in next)) return;
    const head = hash(this.random.chance(0.05) ? 'ab'.repeat(32) : row.head);
    const { step } = next;
    await this.same(async ({ store }) => {
      const searched = step.kind === 'auto' && step.activity !== undefined;
      const found = searched ? { found: await findCandidates(store, { office: OFFICE, item }, () => undefined) } : {};
      return await commitMove(store, { office: OFFICE, item, known: { rev: row.rev, head }, step, ...found }, 'run-1');
    });
  }

  /** The first record of an item that another one's record asked for. */
  async beginning(item: ItemId): Promise<void> {
    const [queued] = waitingFor(this.both.fake.tables, item).queued;
    if (!queued) return;
    const step = { kind: 'queued', key: queued.id, command: queued.name } as const;
    await this.same(
      async ({ store }) =>
        await commitMove(store, { office: OFFICE, item, known: { rev: 0, head: GENESIS }, step }, 'run-1'),
    );
  }

  /** What was asked to begin. */
  adopt(): void {
    for (const { name, target } of this.both.fake.tables.queued_command.values())
      if (name === 'submit' && !this.items.includes(itemId(target))) this.items.push(itemId(target));
  }

  async reading(): Promise<void> {
    const item = this.random.chance(0.1) ? itemId('nobody') : this.random.pick(this.items);
    const rev = this.random.below(12);
    const head = this.both.fake.tables.record.get(`case/${item}/${rev}`)?.hash;
    const known = { rev, head: head === undefined || this.random.chance(0.1) ? null : hash(head) };
    await this.same(async ({ store }) => await catchUp(store, { office: OFFICE, item, known }));
  }

  /** One demand that meets everything beside the work: what random people come to only now and then. */
  async besideTheWork(): Promise<void> {
    this.items.push(itemId('beside'));
    const [item] = this.items;
    if (!item) throw new Error('there is no item');
    await this.send(this.request(item, submission(this.random, 'QL'), undefined));
    for (const wish of besideTheWork) {
      for (let moves = 0; moves < 3; moves += 1) await this.system();
      const state = this.stateOf(item);
      const outcome = await this.send(this.request(item, wish(state), state?.rev));
      expect([wish(state).name, outcome]).toEqual([wish(state).name, 'applied']);
    }
  }

  /** Both loops, as they look twice. */
  async looking(): Promise<void> {
    await this.same(async ({ store, loops }) => {
      const seen: ItemRef[] = [];
      const note = async (ref: ItemRef): Promise<void> => void seen.push(ref);
      const waker = createWaker({ wake: note, renew: note, logger });
      const retry = async ({ office, item }: ItemRef): Promise<boolean> => await retryStuck(store.pool, office, item);
      const gains = createGainLoop({ retry: async (ref) => (await note(ref), await retry(ref)), logger });
      const lead = await loops.connect();
      try {
        for (const tick of [waker, waker, gains]) await tick(lead);
      } finally {
        lead.release();
      }
      return seen;
    });
  }

  async another(): Promise<unknown> {
    const roll = this.random.below(100);
    if (roll < 4 || this.items.length === 0) {
      this.items.push(itemId(`i${this.items.length}`));
      return await this.send(this.request(this.items.at(-1) ?? itemId('i'), submission(this.random), undefined));
    }
    this.adopt();
    if (roll < 62) return await this.person();
    if (roll < 82) return await this.system();
    if (roll < 86) return await this.reading();
    if (roll < 90) return await this.send(this.random.pick(this.sent));
    if (roll < 92) return await this.send({ ...this.random.pick(this.sent), texts: { note: '另一件事' } });
    if (roll < 96) return await this.looking();
    return await this.both.jump(this.random.pick([60_000, 3_600_000, 86_400_000]) * (1 + this.random.below(12)));
  }
}

/** Numbers of transactions are PostgreSQL's own. */
function strip(value: unknown): string {
  return JSON.stringify(value ?? null, (name, member: unknown) => (name === 'seen' ? undefined : member));
}

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase({ simulation: true });
});
afterAll(async () => await db.end());

describe('the stand-in for PostgreSQL', () => {
  test(
    'answers the same commands as PostgreSQL, and keeps the same rows to the last byte',
    { timeout: 120_000 },
    async () => {
      await onMachine(3, async (machine) => {
        const both = await Both.meet(db, machine);
        const asker = new Asker(both, randomOf(4));
        await asker.besideTheWork();
        for (let step = 0; step < 1_500; step += 1) await asker.another();
        for (let days = 0; days < 3; days += 1) {
          await both.jump(31 * 86_400_000);
          for (let moves = 0; moves < 100; moves += 1) await asker.system();
        }
        expect(await both.differences()).toEqual([]);
        const kinds = [...asker.kinds.keys()];
        expect(kinds).toEqual(expect.arrayContaining(['applied', 'refused', 'stale', 'replayed', 'key-reused']));
        expect(both.fake.tables.record.size).toBeGreaterThan(400);
        expect(both.fake.tables.archive_job.size).toBeGreaterThan(0);
        expect(both.fake.tables.stuck.size).toBeGreaterThan(0);
        const refused = [];
        for (const wrong of forbidden(both.fake.tables)) {
          const { real, stand } = await both.ask(async ({ store }) => await refusal(store.pool, wrong));
          expect(`${wrong.join()}: ${stand}`).toBe(`${wrong.join()}: ${real}`);
          if (real !== 'accepted') refused.push(real);
        }
        expect(refused.length).toBeGreaterThan(20);
      });
    },
  );
});
