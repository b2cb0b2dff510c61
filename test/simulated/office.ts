import { Blocked, Transaction } from './postgres/store.ts';
import type { Committed } from './postgres/store.ts';
import type { Database } from './postgres/server.ts';
import type { Random } from './random.ts';

/** Grants beside those of the sample, so that a draw has a choice and separation has somebody to keep apart. */
export const GRANTS = [
  ['inspector', 'supervise2'],
  ['inspector', 'case1'],
  ['callback_clerk', 'duty2'],
  ['callback_clerk', 'clerk2'],
  ['closure_reviewer', 'match1'],
] as const;

/** The sample office with few of everything. */
export function furnish(tables: Committed): void {
  for (const [role, user] of GRANTS) {
    const id = `${user}.${role}`;
    tables.role_grant.set(id, {
      id,
      user_id: user,
      role,
      unit_id: 'YX',
      for_user: null,
      valid_from: 0,
      valid_to: null,
    });
  }
  for (const id of TEAMS) change(tables, id, MOST_LOAD);
}

function change(tables: Committed, id: string, most: number): void {
  const team = tables.team.get(id);
  if (team) tables.team.set(id, { ...team, max_open_load: Math.max(team.open_load, most) });
}

export const MOST_LOAD = 5;
const GOODS = ['R05', 'R09', 'R10', 'R14'];
export const TEAMS = ['T03', 'T05', 'T07'];
const LOSABLE = ['inspector', 'callback_clerk', 'closure_reviewer', 'dispatcher'];

/** Somebody at the office changes what there is; waits for nobody: when somebody holds it, it stays as it is. */
export function rearrange(database: Database, random: Random): string | undefined {
  const tx = new Transaction(database);
  try {
    const what = random.pick([rearrangeGoods, rearrangeTeam, rearrangeGrants])(tx, database, random);
    tx.publish();
    return what;
  } catch (error) {
    if (error instanceof Blocked) return undefined;
    throw error;
  } finally {
    tx.end();
  }
}

function rearrangeGoods(tx: Transaction, _database: Database, random: Random): string {
  const id = random.pick(GOODS);
  tx.lock('resource', id);
  const row = tx.get('resource', id);
  if (row) tx.update('resource', { ...row, capacity: Math.max(row.reserved, random.below(24)) });
  tx.noteGain('resource');
  return 'capacity changed';
}

function rearrangeTeam(tx: Transaction, _database: Database, random: Random): string {
  const id = random.pick(TEAMS);
  tx.lock('team', id);
  const row = tx.get('team', id);
  const most = Math.max(row?.open_load ?? 0, random.below(8));
  if (row) tx.update('team', { ...row, active: random.chance(0.7), max_open_load: most });
  tx.noteGain('team');
  return 'team changed';
}

function rearrangeGrants(tx: Transaction, database: Database, random: Random): string {
  const role = random.pick(LOSABLE);
  const away = random.chance(0.4);
  tx.noteGain('people');
  for (const row of tx.all('role_grant').filter((grant) => grant.role === role)) {
    tx.lock('role_grant', row.id);
    tx.update('role_grant', { ...row, valid_to: away ? (row.valid_to ?? database.now() + 1) : null });
  }
  return away ? 'grants revoked' : 'grants given back';
}

/** Everything is there again that the lists lacked; nobody is at work when that happens. */
export function replenish(database: Database): void {
  const tx = new Transaction(database);
  for (const id of GOODS) {
    const row = tx.get('resource', id);
    if (row) tx.update('resource', { ...row, capacity: 1_000 });
  }
  for (const id of TEAMS) {
    const row = tx.get('team', id);
    if (row) tx.update('team', { ...row, active: true, max_open_load: 1_000 });
  }
  for (const row of tx.all('role_grant')) tx.update('role_grant', { ...row, valid_to: null });
  for (const list of ['resource', 'team', 'people'] as const) tx.noteGain(list);
  tx.publish();
  tx.end();
}
