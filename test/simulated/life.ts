import type { ItemId } from '../../domain/ids.ts';
import type { StateId } from '../../domain/process/definition.ts';
import type { ItemState } from '../../domain/process/state.ts';
import { D01 } from '../support/people.ts';
import { Clients } from './client.ts';
import type { Wish } from './people.ts';
import type { World } from './world.ts';

type Turn = readonly [at: StateId, wish: (state: ItemState) => Wish];

const drawn = (state: ItemState, duty: string): string => state.drawn.find(([, held]) => held === duty)?.[0] ?? '';

/** Every step that a person takes in a whole life with a rework in it: the place that must have been reached, and what is done there. */
const turns: readonly Turn[] = [
  ['submitted', () => ({ user: 'intake1', name: 'register', payload: D01.register, texts: {} })],
  ['matching', () => ({ user: 'match1', name: 'reserve', payload: D01.reserve, texts: {} })],
  ['matching', () => ({ user: 'dispatch1', name: 'assign', payload: D01.assign, texts: {} })],
  ['dispatched', () => ({ user: 'clerk1', name: 'sign', payload: {}, texts: {} })],
  ['signed', () => ({ user: 'case1', name: 'contact', payload: { means: 'phone' }, texts: {} })],
  ['in_progress', handIn],
  ['checking', (state) => checked(state, 'fail')],
  ['rework', () => ({ user: 'case1', name: 'start-work', payload: {}, texts: {} })],
  ['in_progress', handIn],
  ['checking', (state) => checked(state, 'pass')],
  ['callback', called],
  ['closure_review', reviewed],
];

function handIn(): Wish {
  return { user: 'case1', name: 'hand-in', payload: D01['hand-in'], texts: { result: '已更换' } };
}

function checked(state: ItemState, outcome: 'pass' | 'fail'): Wish {
  return { user: drawn(state, 'checker'), name: 'check', payload: { outcome }, texts: { reason: '两盏仍不亮' } };
}

function called(state: ItemState): Wish {
  const payload = { reached: 'reached', solved: 'yes', satisfied: 'very' } as const;
  return { user: drawn(state, 'caller'), name: 'call-back', payload, texts: {} };
}

function reviewed(): Wish {
  return { user: 'review1', name: 'review', payload: { closureType: 'solved' }, texts: {} };
}

/** Longer than any fault needs to heal and the waker to find what was lost. */
const PATIENCE = 120_000;
/** A pause of a process and a delayed answer are over by then. */
const SETTLING = 30_000;
const RETENTION = 31 * 86_400_000;

/**
 * One demand from hearing to archive, with the red of its second handling clock passed while nobody looks. People wait
 * for the system, and repeat what they got no answer to.
 * @throws Error when the system does not bring the item to where it is expected
 */
export async function liveOne(world: World): Promise<{ clients: Clients; item: ItemId }> {
  const clients = new Clients(world);
  const item = clients.newItem();
  clients.ask(
    clients.request(item, { user: 'grid1', name: 'submit', payload: D01.submit, texts: { title: '灯坏' } }, undefined),
  );
  for (const [at, [place, wish]] of turns.entries()) {
    await until(world, () => {
      return clients.inFlight === 0 && world.database.tables.item.get(item)?.place === place;
    });
    if (at === turns.length - 4) world.database.jump(10 * 86_400_000);
    const state = clients.stateOf(item);
    if (state) clients.ask(clients.request(item, wish(state), state.rev));
  }
  await until(world, () => clients.stateOf(item)?.reservations.length === 0);
  world.database.jump(RETENTION);
  await until(world, () => world.database.tables.item.get(item)?.place === 'archived');
  await world.scheduler.runUntil(world.scheduler.now + SETTLING);
  const ref = { office: world.office, item };
  world.wakeFrom(clients.process, ref);
  await world.scheduler.runUntil(world.scheduler.now + SETTLING);
  return { clients, item };
}

async function until(world: World, holds: () => boolean): Promise<void> {
  const last = world.scheduler.now + PATIENCE;
  while (!holds()) if (!(await world.scheduler.step(last))) throw new Error('the life does not go on');
}

/** Types of an item's records, in order. */
export function typesOf(world: World, item: ItemId): string[] {
  return [...world.database.tables.record.values()]
    .filter((row) => row.stream_id === item)
    .sort((a, b) => a.seq - b.seq)
    .map(({ bytes }) => (JSON.parse(bytes) as { type: string }).type); // as write.ts wrote it
}
