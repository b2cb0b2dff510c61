import type { Action, Script } from './actions.ts';
import { itemId } from '../../domain/ids.ts';
import type { ItemState } from '../../domain/process/state.ts';
import { sampleBase } from './base.ts';
import { ChanceFate, ChanceWire } from './chance.ts';
import { type Asked, Clients } from './client.ts';
import { onMachine } from './machine.ts';
import { furnish, rearrange, replenish } from './office.ts';
import { merging, sensible, submission, type Wish, wild, withdrawal } from './people.ts';
import { violationsOf } from './properties/all.ts';
import { workflowId } from '../../workflows/messages.ts';
import type { Database } from './postgres/server.ts';
import type { Row } from './postgres/tables.ts';
import { type Random, randomOf } from './random.ts';
import { Tally } from './tally.ts';
import type { Run } from './temporal/server.ts';
import { World } from './world.ts';

/** What one run came to. */
export interface Report {
  violations: string[];
  commands: Tally;
  faults: Tally;
  effects: number;
  /** Milliseconds from the last fault's healing until nothing was owed any more. */
  recovery: number;
  /** The same script gives the same print, to the last byte of every record. */
  print: string;
}

/** No more than these wait for an answer at a time. */
const MOST_IN_FLIGHT = 8;
/** An item beyond these is left alone, so that lives come to their end. */
const FRESH_ITEMS = 8;
const HEALED_WITHIN = 120_000;
/** Where no wake is lost, nobody waits for the waker. */
const DRIVEN_WITHIN = 5_000;
/** Two hours by the real clock, of which every second is looked at. */
const MOST_WAITING = 7_200_000;
const DAY = 86_400_000;

/** Runs a script to its end, lets everything heal and come to rest, and says what does not hold then. */
export async function simulate(given: Script): Promise<Report> {
  const script = given.loops ? given : { ...given, rate: 0 };
  const base = await sampleBase();
  furnish(base.tables);
  return await onMachine(script.seed, async (machine) => {
    const random = randomOf(script.seed);
    const faults = new Tally();
    const fate = new ChanceFate(random, faults, script.rate);
    const world = new World(base, machine, random, fate, script.scale);
    const wire = new ChanceWire(random, faults, (ms, send) => world.scheduler.after(ms, send));
    world.wire = wire;
    world.loopsLook = script.loops;
    wire.on = script.rate > 0;
    const player = new Player(world, random, faults, script.rate > 0);
    for (const action of script.actions) await player.play(action);
    fate.on = false;
    wire.on = false;
    const recovery = Math.max(await player.heal(), script.loops ? 0 : await player.keepTime());
    const left = await player.rest();
    const violations = [...left, ...(await violationsOf(world, player.clients))];
    if (recovery > (script.loops ? HEALED_WITHIN : DRIVEN_WITHIN))
      violations.push(`4 something was owed for ${recovery} ms after the last fault`);
    const { effects } = world.scheduler;
    return { violations, commands: player.count(), faults, effects, recovery, print: player.print() };
  });
}

class Player {
  readonly clients: Clients;
  readonly #world: World;
  readonly #random: Random;
  readonly #faults: Tally;
  readonly #faulty: boolean;
  #snapshots: Map<string, Run[]>[] = [];

  constructor(world: World, random: Random, faults: Tally, faulty: boolean) {
    this.clients = new Clients(world);
    this.#world = world;
    this.#random = random;
    this.#faults = faults;
    this.#faulty = faulty;
  }

  async play(action: Action): Promise<void> {
    const { scheduler, database } = this.#world;
    while (this.clients.inFlight >= MOST_IN_FLIGHT || this.#random.chance(0.5)) await scheduler.step(Infinity);
    if ('ms' in action)
      return action.do === 'jump' ? this.#jump(action.ms) : await scheduler.runUntil(scheduler.now + action.ms);
    const { choice } = action;
    const random = randomOf(choice);
    if (action.do === 'office') {
      if (!this.#world.loopsLook) return undefined;
      const what = rearrange(database, random);
      if (what !== undefined) this.#faults.add(what);
      return undefined;
    }
    if (action.do === 'fault') return this.#faulty ? this.#fault(random) : undefined;
    return this.#people(action.do, random);
  }

  /** Where no loop looks for those whose timers are late by now, everybody is told to look at the clock. */
  #jump(ms: number): void {
    const { database, office, loopsLook } = this.#world;
    database.jump(ms);
    if (loopsLook) return;
    for (const { id } of database.tables.item.values())
      this.#world.wakeFrom(this.clients.process, { office, item: itemId(id) });
  }

  #people(what: Exclude<Action['do'], 'pass' | 'jump' | 'office' | 'fault'>, random: Random): void {
    const { clients } = this;
    if (what === 'submit') clients.adopt();
    if (what === 'submit' || clients.items.length === 0)
      return clients.ask(clients.request(clients.newItem(), submission(random), undefined));
    switch (what) {
      case 'step':
        return random.chance(0.08) ? this.#giveUp(random) : this.#step(random, sensible, 0);
      case 'wild':
        return this.#step(random, wild, 0);
      case 'behind':
        return this.#step(random, sensible, random.below(4) - 1);
      case 'race':
        for (let racing = 2 + random.below(2); racing > 0; racing -= 1)
          this.#step(randomOf(random.below(3)), sensible, 0);
        return undefined;
      case 'repeat':
      case 'reuse':
        return this.#again(random.pick(clients.asked), what === 'reuse');
      default:
        return what satisfies never;
    }
  }

  #step(random: Random, choose: (state: never, random: Random) => Wish, behind: number): void {
    const { clients } = this;
    const fresh = clients.items.slice(-FRESH_ITEMS);
    const idle = fresh.filter((item) => !clients.waiting.has(item));
    const item = random.pick(idle.length > 0 && random.chance(0.8) ? idle : fresh);
    const state = clients.stateOf(item);
    if (!state) return;
    const merges = random.chance(state.at === 'matching' ? 0.1 : 0.02);
    const wish = merges ? merging(random.pick(fresh)) : choose(state as never, random); // both choose by the state
    clients.ask(clients.request(item, wish, Math.max(0, state.rev - behind)));
  }

  /** Somebody thinks of a demand that was left lying, and ends it: what it holds comes free. */
  #giveUp(random: Random): void {
    const { clients } = this;
    const item = random.pick(clients.items);
    const state = clients.stateOf(item);
    if (state) clients.ask(clients.request(item, withdrawal(), state.rev));
  }

  #again(asked: Asked, otherBody: boolean): void {
    if (!otherBody) return this.clients.repeat(asked);
    asked.reused = true;
    return this.clients.repeat(asked, { ...asked.request, texts: { ...asked.request.texts, note: '另一件事' } });
  }

  #fault(random: Random): void {
    const { scheduler, temporal, database } = this.#world;
    const old = this.#snapshots;
    this.#snapshots = [...old.slice(-3), temporal.snapshot()];
    const ms = random.pick([500, 5_000, 30_000, 90_000]);
    switch (random.below(6)) {
      case 0:
        this.#faults.add('PostgreSQL killed');
        return database.crash(ms / 5);
      case 1:
        this.#faults.add('Temporal stopped');
        return this.#stopTemporal(ms, () => temporal.snapshot());
      case 2:
        this.#faults.add('Temporal emptied');
        return this.#stopTemporal(ms, () => new Map());
      case 3:
        this.#faults.add('Temporal put back');
        return this.#stopTemporal(ms, () => old[0] ?? new Map());
      case 4:
        this.#faults.add('workers forgot their cache');
        for (const worker of this.#world.workers) worker.evictAll();
        return undefined;
      default:
        this.#faults.add('everything killed');
        database.crash(1_000);
        for (const process of [...this.#world.apis, ...this.#world.workers.map((worker) => worker.process)])
          scheduler.kill(process);
        return scheduler.kill(this.#world.loops);
    }
  }

  /** Workers restart whenever Temporal restarted. */
  #stopTemporal(ms: number, storeOf: () => Map<string, Run[]>): void {
    const { scheduler, temporal } = this.#world;
    if (!temporal.up) return;
    temporal.up = false;
    const store = storeOf();
    for (const { process } of this.#world.workers) scheduler.kill(process);
    scheduler.after(ms, () => temporal.restart(store));
  }

  /** Waits until every fault is over and all is done that was owed. @returns how long that took */
  async heal(): Promise<number> {
    const { scheduler, temporal, database } = this.#world;
    while (this.clients.inFlight > 0 || !temporal.up || scheduler.now < database.downUntil)
      await scheduler.step(Infinity);
    const healed = scheduler.now;
    for (;;) {
      await scheduler.runUntil(scheduler.now + 1_000);
      const now = database.now();
      const owing = this.#driven().some(({ next_due: due }) => due !== null && due <= now);
      const asked = this.#world.loopsLook && isAsked(database);
      if ((!owing && !asked) || scheduler.now - healed > 10 * HEALED_WITHIN) return scheduler.now - healed;
    }
  }

  /** Items that somebody drives; where a run has ended because nothing was in sight, the waker alone starts the next. */
  #driven(): Row<'item'>[] {
    const { database, temporal, loopsLook, office } = this.#world;
    const runs = (item: string): boolean =>
      temporal.current(workflowId({ office, item: itemId(item) }))?.status === 'running';
    return [...database.tables.item.values()].filter(({ id }) => loopsLook || runs(id));
  }

  /** Real time passes to the next instants at which something is owed: the runs' own timers must find them. */
  async keepTime(): Promise<number> {
    const { scheduler, database } = this.#world;
    let longest = 0;
    for (let times = 0; times < 3; times += 1) {
      const dues = this.#driven().flatMap(({ next_due: due }) => due ?? []);
      const wait = (Math.min(...dues) - database.now()) / database.clock.scale;
      if (wait > MOST_WAITING) break;
      await scheduler.runUntil(scheduler.now + Math.max(0, Math.ceil(wait)));
      longest = Math.max(longest, await this.heal());
    }
    return longest;
  }

  /** The lists gain what they lacked, what was stuck is tried again, and every workflow looks once more. */
  async rest(): Promise<string[]> {
    const { scheduler, temporal, database } = this.#world;
    this.#world.loopsLook = true;
    replenish(database);
    await scheduler.runUntil(scheduler.now + 10_000);
    await this.heal();
    const left = stuckForNothing(database);
    for (let days = 0; days < 2; days += 1) {
      database.jump(DAY);
      await scheduler.runUntil(scheduler.now + 30_000);
      await this.heal();
    }
    for (const run of temporal.all()) if (run.status === 'running') this.#world.wakeFrom(this.clients.process, run.ref);
    await scheduler.runUntil(scheduler.now + 5_000);
    await this.heal();
    return left;
  }

  /** People's requests by what became of them, and the system's. */
  count(): Tally {
    const commands = new Tally();
    const { tables } = this.#world.database;
    for (const { seen, sent } of this.clients.asked) {
      for (const { kind } of seen) commands.add(kind);
      if (sent > seen.length) commands.add('unanswered', sent - seen.length);
    }
    for (const { role } of tables.command.values()) if (role === 'system') commands.add('moved');
    for (const { actor_id: actor } of tables.refusal_log.values()) if (actor === 'system') commands.add('stuck');
    commands.add('replays', this.#world.replays);
    return commands;
  }

  print(): string {
    const heads = [...this.#world.database.tables.item.values()].map(({ id, head }) => `${id} ${head}`);
    return [...heads.sort(), this.#world.scheduler.effects].join('\n');
  }
}

/** Whether somebody was asked for something by another item and does not have to wait with it. */
function isAsked({ tables }: Database): boolean {
  return [...tables.queued_command.values()].some(
    ({ id, target, status }) => status === 'queued' && !tables.stuck.has(`${target}/queued:${id}`),
  );
}

/** Nothing may go on waiting but what asks for a kind of resource or a skill that nobody has. */
function stuckForNothing(database: Database): string[] {
  return [...database.tables.stuck.values()].flatMap(({ item_id: id, step, code }) => {
    const state = JSON.parse(database.tables.item.get(id)?.state ?? '{}') as Partial<ItemState>; // as write.ts stored it
    const hopeless = state.needs?.some(({ unit }) => unit === 'whale') || state.skills?.includes('diving');
    return hopeless ? [] : [`4 ${id} still waits with ${step} (${code}) although every list has gained something`];
  });
}
