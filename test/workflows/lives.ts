import type { ItemId } from '../../domain/ids.ts';
import { D01, submitCase } from '../support/people.ts';
import { type Driving, eventually, reaches } from './driving.ts';

type Life = (driving: Driving) => Promise<ItemId>;

const PHOTO = D01['hand-in'];

/** The stair lights again, two of them: few enough for several cases at once. */
export const LAMPS = {
  register: { ...D01.register, needs: [{ id: 'lamps', kind: 'goods', unit: 'piece', amount: 2 }] },
  reserve: { ...D01.reserve, amount: 2 },
};

/** From the hearing to the work: the part that most lives share. */
export async function untilWork(driving: Driving, item: ItemId): Promise<void> {
  const { person } = driving;
  await person(item, 'intake1', 'register', LAMPS.register);
  await untilWorkAgain(driving, item);
}

/** From the registration on; `seconds` is how long the first move may take. */
export async function untilWorkAgain(driving: Driving, item: ItemId, seconds = 15): Promise<void> {
  const { person } = driving;
  await reaches(driving, item, 'matching', seconds);
  await person(item, 'match1', 'reserve', LAMPS.reserve);
  await person(item, 'dispatch1', 'assign', D01.assign);
  await reaches(driving, item, 'dispatched');
  await person(item, 'clerk1', 'sign', {});
  await person(item, 'case1', 'contact', { means: 'phone' });
  await reaches(driving, item, 'in_progress');
}

export async function untilChecked(driving: Driving, item: ItemId, outcome: 'pass' | 'fail'): Promise<void> {
  const { person } = driving;
  await person(item, 'case1', 'hand-in', PHOTO, { texts: { result: '已更换' } });
  await reaches(driving, item, 'checking');
  const texts = outcome === 'fail' ? { reason: '两盏仍不亮' } : {};
  await person(item, await drawnFor(driving, item, 'checker'), 'check', { outcome }, { texts });
}

export async function untilClosed(driving: Driving, item: ItemId): Promise<void> {
  const { person } = driving;
  await reaches(driving, item, 'callback');
  const caller = await drawnFor(driving, item, 'caller');
  await person(item, caller, 'call-back', { reached: 'reached', solved: 'yes', satisfied: 'very' });
  await reaches(driving, item, 'closure_review');
  await person(item, 'review1', 'review', { closureType: 'solved' });
  await releases(driving, item);
}

/** Whom the last draw for this duty fell on. */
async function drawnFor({ db }: Driving, item: ItemId, duty: string): Promise<string> {
  const { rows } = await db.admin.query<{ user: string }>(
    `SELECT pair->>0 AS user FROM item, jsonb_array_elements(state->'drawn') AS pair WHERE id = $1 AND pair->>1 = $2`,
    [item, duty],
  );
  if (!rows[0]) throw new Error(`nobody was drawn as ${duty}`);
  return rows[0].user;
}

/** The release that follows a closure: nothing is held any more. */
async function releases({ db }: Driving, item: ItemId): Promise<void> {
  await eventually(
    async () =>
      (await db.admin.query('SELECT 1 FROM reservation WHERE item_id = $1 AND NOT released', [item])).rowCount,
    (held) => held === 0,
  );
}

const normal: Life = async (driving) => {
  const item = await submitCase(driving.db.store);
  await untilWork(driving, item);
  await untilChecked(driving, item, 'pass');
  await untilClosed(driving, item);
  return item;
};

const onTheSpot: Life = async (driving) => {
  const item = await submitCase(driving.db.store);
  await driving.person(item, 'intake1', 'settle-on-the-spot', PHOTO);
  return item;
};

const refused: Life = async (driving) => {
  const item = await submitCase(driving.db.store);
  await driving.person(
    item,
    'intake1',
    'refuse',
    { ground: 'outside_area' },
    { texts: { reason: '不属本街道', told: '已告知' } },
  );
  return item;
};

const withdrawn: Life = async (driving) => {
  const item = await submitCase(driving.db.store);
  await untilWork(driving, item);
  await driving.person(item, 'intake1', 'withdraw', { voluntary: 'yes' }, { texts: { reason: '诉求人撤回' } });
  await releases(driving, item);
  return item;
};

const reworked: Life = async (driving) => {
  const item = await submitCase(driving.db.store);
  await untilWork(driving, item);
  await untilChecked(driving, item, 'fail');
  await driving.person(item, 'case1', 'start-work', {});
  await untilChecked(driving, item, 'pass');
  await untilClosed(driving, item);
  return item;
};

const reopened: Life = async (driving) => {
  const item = await normal(driving);
  await driving.person(item, 'inspect1', 'reopen', {}, { texts: { reason: '灯又坏了' } });
  const { rows } = await driving.db.admin.query<{ id: string }>('SELECT id FROM request WHERE item_id = $1', [item]);
  await driving.person(item, 'supervise1', 'grant', { request: rows[0]?.id ?? '' });
  await untilWorkAgain(driving, item);
  await untilChecked(driving, item, 'pass');
  await untilClosed(driving, item);
  return item;
};

/** One of each path of the shipped definition; every one ends where only the retention clock is left. */
export const lives = { normal, onTheSpot, refused, withdrawn, reworked, reopened };

export type LifeName = keyof typeof lives;
