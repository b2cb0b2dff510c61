import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { findCandidates } from '../../activities/find-candidates.ts';
import type { CommandName, Payloads } from '../../domain/commands/vocabulary.ts';
import { type ItemId, itemId, officeId, type UserId, userId } from '../../domain/ids.ts';
import type { Candidates } from '../../domain/process/state.ts';
import { type CommitRequest, commit, type Store } from '../../record/commit.ts';
import { keepWhole } from '../../record/files.ts';
import { withOffice } from '../../record/office.ts';
import { createPool } from '../../record/pool.ts';
import { officeKeys } from '../../record/seal.ts';
import { keyOfItem } from '../../record/texts.ts';
import type { Applied } from '../../record/write.ts';
import type { Photo } from '../../stack/photo.ts';
import { type Client, crowd, type Window } from '../crowd.ts';
import { actorOf, lifeOf, type LifeStep, STEPS_OF_LIFE } from '../life.ts';
import { type Cost, costBetween, foreignShare, readMeters, type Reading } from '../meters.ts';
import type { Servers } from '../servers.ts';

/** Bare SQL: the same commits through the same door, by one plain process. */
export interface SqlFloor extends Window {
  clients: number;
  perLifecycle: Cost;
  foreignShare: number;
}

interface FloorSite {
  servers: Servers;
  clients: number;
  warmMs: number;
  seconds: number;
  signal: AbortSignal;
}

const OFFICE = officeId('YX');

/** Steps and moves in turn, each on the record that the one before has answered with. */
export async function measureSqlFloor(site: FloorSite): Promise<SqlFloor> {
  const { servers, clients, warmMs, seconds, signal } = site;
  const pool = createPool(servers.urls.appUrl, 20);
  const store: Store = { pool, keyOf: officeKeys(servers.keyDir), build: 'bench' };
  let [from, to]: (Reading | undefined)[] = [];
  const opens = async (): Promise<void> => void (from = await readMeters(servers));
  const closes = async (): Promise<void> => void (to = await readMeters(servers));
  try {
    const window = await crowd(
      { clients, stepsOfLife: STEPS_OF_LIFE, warmMs, seconds, signal, opens, closes },
      await commits(store),
    );
    if (!from || !to) throw new Error('the window was not metered');
    return {
      clients,
      ...window,
      perLifecycle: costBetween(from, to, window.lifecycles),
      foreignShare: foreignShare(from, to, availableParallelism()),
    };
  } finally {
    await pool.end();
  }
}

async function commits(store: Store): Promise<Client> {
  const candidates = await candidatesOnce(store);
  return async (client, tally, stopped) => {
    const item = itemId(randomUUID());
    let last: Applied | undefined;
    for (const step of lifeOf(client)) {
      if (stopped()) return;
      const began = performance.now();
      last = await take(store, item, step, last);
      tally.step(performance.now() - began);
      for (const move of step.moves)
        last = await makeMove(store, item, move, move === 'start-matching' ? { candidates } : {}, last);
    }
  };
}

/** Searching is no commit: it is done once, and every life finds the same. */
async function candidatesOnce(store: Store): Promise<Candidates> {
  const item = itemId(randomUUID());
  const [submit, register] = lifeOf(0);
  if (!submit || !register) throw new Error('a life begins with two steps');
  await take(store, item, register, await take(store, item, submit, undefined));
  const found = await findCandidates(store, { office: OFFICE, item }, () => undefined);
  if ('none' in found) throw new Error(`the search found no candidates: ${found.none}`);
  return found.candidates;
}

async function take(store: Store, item: ItemId, step: LifeStep, last: Applied | undefined): Promise<Applied> {
  const { command: name, payload, texts, brings } = step;
  const { reporterPhone } = texts;
  const user = userId(actorOf(step, last?.state.drawn ?? []));
  if (brings) await bring(store, item, user, brings);
  return await applied(store, {
    office: OFFICE,
    item,
    actor: { kind: 'person', user },
    key: randomUUID(),
    name,
    payload,
    texts,
    ...(reporterPhone === undefined ? {} : { subject: reporterPhone }),
    expected: last ? { ifMatch: last.rev } : { new: true },
    run: null,
  });
}

async function bring(store: Store, item: ItemId, by: UserId, { bytes, sha256 }: Photo): Promise<void> {
  const officeKey = await store.keyOf(OFFICE);
  const file = { item, sha256, size: bytes.length, type: 'image/jpeg', name: 'lit.jpg', by } as const;
  await withOffice(store.pool, OFFICE, async (tx) => {
    await keepWhole(
      tx,
      await keyOfItem(tx, officeKey, item),
      { ...file, shown: [{ from: 0, to: bytes.length }] },
      bytes,
    );
  });
}

async function makeMove(
  store: Store,
  item: ItemId,
  name: CommandName,
  payload: Payloads['start-matching'],
  { rev, head }: Applied,
): Promise<Applied> {
  return await applied(store, {
    office: OFFICE,
    item,
    actor: { kind: 'system' },
    key: `${item}:auto:${name}:${rev}`,
    name,
    payload,
    texts: {},
    expected: { rev, head },
    run: 'bench',
  });
}

async function applied(store: Store, request: CommitRequest): Promise<Applied> {
  const outcome = await commit(store, request);
  if (outcome.kind !== 'applied') throw new Error(`${request.name} was not applied: ${JSON.stringify(outcome)}`);
  return outcome;
}
