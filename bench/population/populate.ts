import { Client } from 'pg';
import { type Instant, instant } from '../../domain/time.ts';
import { buildOf } from '../../record/build.ts';
import { loadOfficeKey } from '../../record/seal.ts';
import { liveCase } from './case-life.ts';
import { type Collector, createCollector } from './collector.ts';
import { copyIn } from './copy-in.ts';
import { randomFrom } from './random.ts';
import { readWorld, type World } from './world.ts';

export interface Population {
  cases: number;
  /** The same seed, office and time give the same cases; their keys and seals differ. */
  seed: number;
  /** Add to the cases that are there already. */
  add?: boolean;
  /** The office's present when not given. Nothing is written that would be later: what falls due since then is owed. */
  until?: Instant;
  say?: (line: string) => void;
}

export interface Populated {
  cases: number;
  records: number;
  seconds: number;
}

const CASES_AT_ONCE = 1_000;
const DAYS = 300;
const DAY = 86_400_000;

/**
 * Fills an office with cases as they would stand after most of a year of work. `adminUrl` is a superuser's: the rows
 * are copied in with triggers and foreign keys asleep, so the caller verifies them; checks and unique keys stay awake.
 * Capacities grow by what is held, so that as much is free as before. All or nothing is not promised: when it fails,
 * the database is to be thrown away.
 * @throws Error when there are cases already and none may be added
 */
export async function populate(adminUrl: string, keyDir: string, population: Population): Promise<Populated> {
  const { cases, seed, add = false, say = () => undefined } = population;
  const started = performance.now();
  const [client, second] = [connection(adminUrl), connection(adminUrl)];
  await Promise.all([client.connect(), second.connect()]);
  try {
    const world = await readWorld(client, population.until);
    if (world.cases > 0 && !add) throw new Error(`there are ${world.cases} cases already; --add adds to them`);
    const collector = createCollector(world);
    const random = randomFrom(seed);
    const around = {
      world,
      random,
      collector,
      officeKey: await loadOfficeKey(keyDir, world.office),
      build: await buildOf(),
      until: world.now,
      residents: Math.max(1, Math.round(cases * 0.7)),
    };
    const from = beginningOf(world);
    for (const each of [client, second])
      await each.query('SET session_replication_role = replica; SET synchronous_commit = off');
    let [records, copying] = [0, Promise.resolve(0)];
    for (let at = 0; at < cases; at += 1) {
      await liveCase(around, instant(from + Math.floor(((world.now - from) * (at + random.share())) / cases)));
      if ((at + 1) % CASES_AT_ONCE !== 0 && at + 1 < cases) continue;
      records += await copying; // the next ones are made while these are copied
      copying = copyAll([client, second], collector);
      copying.catch(() => undefined); // awaited in its turn
      say(`${at + 1} / ${cases}`);
    }
    records += await copying;
    await settleCounters(client, world);
    return { cases, records, seconds: Math.round((performance.now() - started) / 100) / 10 };
  } finally {
    await Promise.all([client.end(), second.end()]);
  }
}

/** Without the time-outs of a pool: a COPY takes as long as it takes. */
const connection = (connectionString: string): Client => new Client({ connectionString, options: '-c TimeZone=UTC' });

/** Not before everybody who works there might. */
function beginningOf(world: World): Instant {
  const grants = world.people.flatMap((person) => person.grants.map(({ from }) => from));
  const earliest = Math.max(world.now - DAYS * DAY, ...grants);
  if (earliest >= world.now) throw new Error('nobody may work in this office yet');
  return instant(earliest);
}

/** About half of the work: the commands, and the duties with their exclusion constraints. */
const BESIDE = ['command', 'duty'];

/** Over two connections, so that no processor waits for one server process. @returns how many records */
async function copyAll(clients: readonly [Client, Client], collector: Collector): Promise<number> {
  const tables = [...collector.take()];
  await Promise.all(
    clients.map(async (client, at) => {
      for (const [name, table] of tables) if (BESIDE.includes(name) === (at === 1)) await copyIn(client, name, table);
    }),
  );
  return tables.find(([name]) => name === 'record')?.[1].rows.length ?? 0;
}

/** What the triggers would have counted. */
async function settleCounters(client: Client, { office, numbers }: World): Promise<void> {
  await client.query('BEGIN');
  for (const [year, last] of numbers)
    await client.query(
      `INSERT INTO case_number (office_id, year, last) VALUES ($1, $2, $3)
         ON CONFLICT (office_id, year) DO UPDATE SET last = EXCLUDED.last`,
      [office, year, last],
    );
  await client.query(
    `UPDATE resource r SET reserved = held, capacity = capacity + held - reserved FROM (
       SELECT r.id, coalesce(sum(h.amount), 0)::bigint AS held FROM resource r LEFT JOIN reservation h
         ON h.office_id = r.office_id AND h.resource_id = r.id AND NOT h.released WHERE r.office_id = $1 GROUP BY r.id) AS s
       WHERE r.office_id = $1 AND r.id = s.id`,
    [office],
  );
  await client.query(
    `UPDATE team t SET open_load = open, max_open_load = max_open_load + open - open_load FROM (
       SELECT t.id, count(a.item_id)::int AS open FROM team t LEFT JOIN assignment a
         ON a.office_id = t.office_id AND a.team_id = t.id AND NOT a.ended WHERE t.office_id = $1 GROUP BY t.id) AS s
       WHERE t.office_id = $1 AND t.id = s.id`,
    [office],
  );
  await client.query('COMMIT');
  await client.query('ANALYZE');
}
