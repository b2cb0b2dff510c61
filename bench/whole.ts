import { availableParallelism } from 'node:os';
import { type Client, crowd, type Window } from './crowd.ts';
import type { HttpPeople } from './http-people.ts';
import { actorOf, lifeOf, STEPS_OF_LIFE } from './life.ts';
import { type Cost, costBetween, foreignShare, readMeters, type Reading } from './meters.ts';
import { type Percentiles, percentiles } from './percentiles.ts';
import type { Servers } from './servers.ts';
import type { Stand, Watcher } from './watcher.ts';

/** The whole stack with so many clients. */
export interface WholeFigures extends Window {
  clients: number;
  moveMs: Percentiles;
  moveMsByName: Record<string, Percentiles>;
  perLifecycle: Cost;
  foreignShare: number;
}

export interface Site {
  servers: Servers;
  people: HttpPeople;
  watcher: Watcher;
  seconds: number;
  signal: AbortSignal;
}

/** Every step of a life over HTTP, each as soon as the moves before it are made. */
export function livesOverHttp({ people, watcher }: Pick<Site, 'people' | 'watcher'>): Client {
  return async (client, tally, stopped) => {
    let item: string | undefined;
    let stand: Stand = { rev: 0, drawn: [] };
    for (const step of lifeOf(client)) {
      if (stopped()) return;
      const began = performance.now();
      const answer = await people.take(actorOf(step, stand.drawn), item, stand.rev, step);
      tally.step(performance.now() - began);
      item = answer.id;
      stand = { ...stand, rev: answer.rev };
      if (step.moves.length > 0) stand = await watcher.reaches(item, answer.rev + step.moves.length);
    }
  };
}

export async function measureWhole(site: Site, clients: number, warmMs: number): Promise<WholeFigures> {
  const { servers, watcher, seconds, signal } = site;
  let [from, to]: (Reading | undefined)[] = [];
  const window = await crowd(
    {
      clients,
      stepsOfLife: STEPS_OF_LIFE,
      warmMs,
      seconds,
      signal,
      opens: async () => void (from = await readMeters(servers, watcher)),
      closes: async () => void (to = await readMeters(servers, watcher)),
    },
    livesOverHttp(site),
  );
  if (!from || !to) throw new Error('the window was not metered');
  return {
    clients,
    ...window,
    ...(await movesBetween(servers, from, to)),
    perLifecycle: costBetween(from, to, window.lifecycles),
    foreignShare: foreignShare(from, to, availableParallelism()),
  };
}

/**
 * From the record of the step that made a move owed to the record of the move, both read off the database's clock after
 * their locks: what lies between lock and answer of the step is in it, what lies between lock and commit of the move is
 * not; the two are as long as each other.
 */
async function movesBetween(
  { admin }: Servers,
  from: Reading,
  to: Reading,
): Promise<Pick<WholeFigures, 'moveMs' | 'moveMsByName'>> {
  const { rows } = await admin.query<{ name: string; ms: number }>(
    `SELECT move.name, move.at - step.at AS ms FROM command move
       JOIN command step ON step.office_id = move.office_id AND step.item_id = move.item_id AND step.rev = move.rev - 1
       WHERE move.role = 'system' AND step.role <> 'system' AND step.at >= $1 AND move.at <= $2`,
    [from.officeMs, to.officeMs],
  );
  const names = [...new Set(rows.map(({ name }) => name))];
  const of = (name: string): number[] => rows.filter((row) => row.name === name).map(({ ms }) => ms);
  return {
    moveMs: percentiles(rows.map(({ ms }) => ms)),
    moveMsByName: Object.fromEntries(names.map((name) => [name, percentiles(of(name))])),
  };
}
