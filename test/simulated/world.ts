import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { createGainLoop } from '../../background/gains.ts';
import type { Tick } from '../../background/leader.ts';
import { renew } from '../../background/reconciler.ts';
import { wake } from '../../background/wake.ts';
import { createWaker } from '../../background/waker.ts';
import type { OfficeId } from '../../domain/ids.ts';
import { commit, type CommitRequest, type Outcome, type Store } from '../../record/commit.ts';
import { isUnavailable } from '../../record/database-errors.ts';
import { retryStuck } from '../../record/retry-stuck.ts';
import type { ItemRef, wakeOf } from '../../workflows/messages.ts';
import { bringPhoto, namesPhoto } from '../support/people.ts';
import { type Base, START } from './base.ts';
import type { Machine } from './machine.ts';
import { Database } from './postgres/server.ts';
import type { Random } from './random.ts';
import { type Fate, type Process, processOf, Scheduler } from './scheduler.ts';
import { sandboxTime } from './temporal/instance.ts';
import { TemporalServer } from './temporal/server.ts';
import { Worker } from './temporal/worker.ts';

/** What the network does with a wake. */
export interface Wire {
  carry(send: () => void): void;
}

/** What a client sees of one request. */
export type Seen = Outcome | { kind: 'unavailable' } | { kind: 'error'; error: unknown };

const RESTART = 1_500;
const quiet = pino({ level: 'silent' });

/** Everything that runs: two apis, two workers, the waker, the database and Temporal, in one process and one order. */
export class World {
  readonly scheduler: Scheduler;
  readonly database: Database;
  readonly temporal: TemporalServer;
  readonly random: Random;
  wire: Wire = { carry: (send) => send() };
  apis: Process[] = [];
  workers: Worker[] = [];
  loops: Process;
  /** A reading that no record explains: a workflow that was ahead of the record. */
  readonly ahead: string[] = [];
  replays = 0;
  /** Whether the loops look: the waker for what was lost, the other for what a list gained, which the waker sends on its way. */
  loopsLook = true;
  readonly #base: Base;

  constructor(base: Base, machine: Machine, random: Random, fate: Fate, scale: number) {
    this.random = random;
    this.#base = base;
    this.scheduler = new Scheduler(START, random, fate);
    this.database = new Database(this.scheduler, base.tables, { base: START, realBase: START, scale });
    this.temporal = new TemporalServer(this.scheduler, (task) => {
      const holder = task.kind === 'workflow' ? this.workers.find((worker) => worker.has(task.run)) : undefined;
      const worker = holder && random.chance(0.8) ? holder : this.workers[random.below(this.workers.length)];
      worker?.begin(task);
      return worker !== undefined;
    });
    machine.clock = () => sandboxTime() ?? this.scheduler.now;
    for (const name of ['api-1', 'api-2']) this.#startApi(name);
    for (const name of ['worker-1', 'worker-2']) this.#startWorker(name);
    this.loops = this.#startLoops();
  }

  get office(): OfficeId {
    return this.#base.key.office;
  }

  store(process: Process): Store {
    return { pool: this.database.poolFor(process), keyOf: async () => this.#base.key, build: 'simulated' };
  }

  #startApi(name: string): void {
    const process = processOf(name);
    this.apis.push(process);
    process.onDeath.add(() => {
      this.apis = this.apis.filter((other) => other !== process);
      this.scheduler.after(RESTART, () => this.#startApi(name));
    });
  }

  #startWorker(name: string): void {
    const process = processOf(name);
    const worker = new Worker(process, this.temporal, this.store(process), (ref, rev, head) => {
      const record = this.database.tables.record.get(`case/${ref.item}/${rev}`);
      if (record?.hash !== head) this.ahead.push(`${ref.item} at ${rev}`);
    });
    this.workers.push(worker);
    process.onDeath.add(() => {
      this.replays += worker.replays;
      this.workers = this.workers.filter((other) => other !== worker);
      this.scheduler.after(RESTART, () => this.#startWorker(name));
    });
    this.temporal.offerAll();
  }

  /** As loops.ts runs them: one memory per loop and process, a new connection after each error. */
  #startLoops(): Process {
    const process = processOf('loops');
    const pool = this.database.poolFor(process);
    const client = this.clientFor(process);
    const waker = createWaker({
      wake: async (ref) => await wake(client, ref),
      renew: async (ref) => await renew(client, ref, quiet),
      logger: quiet,
    });
    const gains = createGainLoop({
      retry: async ({ office, item }) => await retryStuck(pool, office, item),
      logger: quiet,
    });
    for (const tick of [waker, gains]) {
      const looks: Tick = async (lead) => {
        if (this.loopsLook) await tick(lead);
      };
      this.scheduler.spawn(process, async () => await this.#lead(process, looks));
    }
    process.onDeath.add(() => this.scheduler.after(RESTART, () => void (this.loops = this.#startLoops())));
    return process;
  }

  async #lead(process: Process, tick: Tick): Promise<void> {
    const pool = this.database.poolFor(process);
    const rounds = async (): Promise<void> => {
      const lead = await pool.connect();
      try {
        for (;;) {
          await tick(lead);
          await this.scheduler.sleep(process, 1_000);
        }
      } finally {
        lead.release(true);
      }
    };
    for (;;) {
      await rounds().catch(() => undefined);
      await this.scheduler.sleep(process, 1_000);
    }
  }

  /** As Temporal's client, as far as the background uses it. */
  clientFor(process: Process): Client {
    const client = {
      withDeadline: async (_deadline: number, ask: () => Promise<unknown>) => await ask(),
      workflow: {
        signalWithStart: async (_type: string, { workflowId, args: [ref] }: ReturnType<typeof wakeOf>) => {
          const send = (): void => {
            if (this.temporal.up) this.temporal.signalWithStart(workflowId, ref);
          };
          await this.#askTemporal(process, 'signal', () => this.wire.carry(send));
        },
        getHandle: (id: string, run?: string) => ({
          describe: async () => await this.#askTemporal(process, 'describe', () => this.temporal.describe(id)),
          terminate: async () => await this.#askTemporal(process, 'terminate', () => this.temporal.terminate(id, run)),
        }),
      },
    };
    return client as unknown as Client; // wake.ts and reconciler.ts use these only
  }

  async #askTemporal<T>(process: Process, label: string, answer: () => T): Promise<T> {
    const away = (): Error => new Error('14 UNAVAILABLE');
    const act = (): T => {
      if (!this.temporal.up) throw away();
      return answer();
    };
    return await this.scheduler.effect(process, label, act, away);
  }

  /** As the api handles a command: commit, wake without waiting, answer. The client hears nothing when it dies. */
  send(request: CommitRequest, hear: (seen: Seen) => void): boolean {
    if (this.apis.length === 0) return false;
    const process = this.random.pick(this.apis);
    const ref = { office: request.office, item: request.item };
    this.scheduler.spawn(process, async () => {
      const seen = await this.#commit(process, request);
      if (seen.kind === 'applied' && seen.wakes) this.wakeFrom(process, ref);
      for (const item of seen.kind === 'applied' ? seen.asked : []) this.wakeFrom(process, { ...ref, item });
      const gone = (): Error => new Error('the client is gone');
      await this.scheduler.effect(process, 'answer', () => hear(seen), gone).catch(() => undefined);
    });
    return true;
  }

  async #commit(process: Process, request: CommitRequest): Promise<Seen> {
    try {
      await this.#bring(process, request);
      return await commit(this.store(process), request);
    } catch (error) {
      return isUnavailable(error) ? { kind: 'unavailable' } : { kind: 'error', error };
    }
  }

  /** The photograph that a command names is brought before it. */
  async #bring(process: Process, { item, payload, actor }: CommitRequest): Promise<void> {
    if (actor.kind === 'person' && namesPhoto(payload)) await bringPhoto(this.store(process), item, actor.user);
  }

  wakeFrom(process: Process, ref: ItemRef): void {
    this.scheduler.spawn(process, async () => {
      await wake(this.clientFor(process), ref).catch(() => undefined); // as the api: the waker makes it good
    });
  }
}
