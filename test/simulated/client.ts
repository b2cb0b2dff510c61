import { type ItemId, itemId, userId } from '../../domain/ids.ts';
import type { ItemState } from '../../domain/process/state.ts';
import type { CommitRequest } from '../../record/commit.ts';
import type { Wish } from './people.ts';
import { type Process, processOf } from './scheduler.ts';
import type { Seen, World } from './world.ts';

/** One request as a client remembers it, with every answer it was given. */
export interface Asked {
  request: CommitRequest;
  seen: Seen[];
  /** How often it was sent: where more often than answered, nobody knows what became of it. */
  sent: number;
  /** The key was used again for something else. */
  reused: boolean;
}

const PATIENCE = 4_000;
const TRIES = 6;

/** Those who use the api: they remember what they asked and what they were told, and ask again when they were told nothing. */
export class Clients {
  readonly asked: Asked[] = [];
  readonly items: ItemId[] = [];
  inFlight = 0;
  /** Items for which an answer is awaited. */
  readonly waiting = new Set<ItemId>();
  readonly process: Process = processOf('client');
  readonly #world: World;
  #begun = 1;

  constructor(world: World) {
    this.#world = world;
  }

  stateOf(item: ItemId): ItemState | undefined {
    const row = this.#world.database.tables.item.get(item);
    return row && (JSON.parse(row.state) as ItemState); // as write.ts stored it
  }

  /** Demands that another one's record began are everybody's business too. */
  adopt(): void {
    const known = new Set(this.items);
    for (const { id } of this.#world.database.tables.item.values())
      if (!known.has(itemId(id))) this.items.push(itemId(id));
  }

  newItem(): ItemId {
    const item = itemId(`i${this.#begun}`);
    this.#begun += 1;
    this.items.push(item);
    return item;
  }

  request(item: ItemId, { user, name, payload, texts }: Wish, ifMatch: number | undefined): CommitRequest {
    return {
      office: this.#world.office,
      item,
      actor: { kind: 'person', user: userId(user) },
      key: `k${this.asked.length + 1}`,
      name,
      payload,
      texts,
      expected: ifMatch === undefined ? { new: true } : { ifMatch },
      run: null,
    };
  }

  /** Asks until there is an answer; gives up after some tries, not knowing whether it was done. */
  ask(request: CommitRequest): void {
    const asked: Asked = { request, seen: [], sent: 0, reused: false };
    this.asked.push(asked);
    this.repeat(asked);
  }

  /** The same again, with the same key: as a client does that lost the answer, or does not trust its own memory. */
  repeat(asked: Asked, request: CommitRequest = asked.request): void {
    this.inFlight += 1;
    this.waiting.add(request.item);
    this.#world.scheduler.spawn(this.process, async () => {
      try {
        for (let tries = 0; tries < TRIES; tries += 1) {
          asked.sent += 1;
          const seen = await this.#once(request);
          if (seen) asked.seen.push(seen);
          if (seen && seen.kind !== 'unavailable') return;
          await this.#world.scheduler.sleep(this.process, 500);
        }
      } finally {
        this.inFlight -= 1;
        this.waiting.delete(request.item);
      }
    });
  }

  /** @returns undefined when no answer comes in time */
  async #once(request: CommitRequest): Promise<Seen | undefined> {
    const { scheduler } = this.#world;
    const seen = await new Promise<Seen | undefined>((done) => {
      if (!this.#world.send(request, done)) done(undefined);
      else scheduler.after(PATIENCE, () => done(undefined));
    });
    await scheduler.park(this.process);
    return seen;
  }
}
