import { dayOf, formatDay, instant, shanghaiDay, startOfDay } from '../../../domain/time.ts';
import type { Bound, Running, Statements } from './statement.ts';
import { isVisibleIn, type Transaction } from './store.ts';
import type { Row } from './tables.ts';

/** The statements that read, by the name under which the product prepares them. */

const today = (ms: number): string => formatDay(shanghaiDay(instant(ms)));
export const midnight = (day: string | null): number | null => (day === null ? null : startOfDay(dayOf(day)));

/** The unit and everything above it. */
function above(tx: Transaction, id: string): string[] {
  const unit = tx.get('unit', id);
  if (!unit) return [];
  return [unit.id, ...(unit.parent_id === null ? [] : above(tx, unit.parent_id))];
}

const covers = (tx: Transaction, area: readonly string[], place: string): boolean =>
  above(tx, place).some((unit) => area.includes(unit));

/** `&&` with the null of an empty aggregate is null. */
const inArea = (tx: Transaction, area: readonly string[], place: string): boolean | null =>
  tx.get('unit', place) ? covers(tx, area, place) : null;

const isValidOn = ({ valid_from: from, valid_to: to }: Row<'resource'>, day: string): boolean =>
  from <= day && (to === null || to >= day);

const holdsAt = ({ valid_from: from, valid_to: to }: Row<'role_grant'>, at: number): boolean =>
  from <= at && (to === null || to > at);

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function itemOf(tx: Transaction, id: string): object[] {
  const row = tx.get('item', id);
  if (!row) return [];
  const { kind, code, definition_hash, people_rev, head, state, at, next_due } = row;
  return [{ kind, code, definition_hash, people_rev, head, state: JSON.parse(state) as unknown, at, next_due }];
}

function lockRows(tx: Transaction, table: 'team' | 'resource', ids: readonly string[]): object[] {
  const there = [...new Set(ids)].sort(byText).filter((id) => tx.get(table, id));
  for (const id of there) tx.lock(table, id);
  return there.map((id) => ({ id }));
}

function lockItem(tx: Transaction, id: string): object[] {
  if (tx.get('item', id)) tx.lock('item', id);
  return itemOf(tx, id);
}

function candidates({ tx, now }: Running, area: string, kind: string, unit: string, wanted: number): object[] {
  const free = (row: Row<'resource'>): number => (row.capacity === null ? Infinity : row.capacity - row.reserved);
  return tx
    .all('resource')
    .filter((row) => row.kind === kind && row.unit === unit && isValidOn(row, today(now)) && free(row) > 0)
    .filter((row) => covers(tx, row.area, area))
    .sort((a, b) => {
      const enough = Number(free(b) >= wanted) - Number(free(a) >= wanted);
      return enough || (free(a) === free(b) ? byText(a.id, b.id) : free(b) - free(a));
    })
    .map((row) => ({ id: row.id, free: row.capacity === null ? null : free(row) }));
}

function teams(tx: Transaction, area: string, skills: readonly string[]): object[] {
  return tx
    .all('team')
    .filter((row) => row.active && row.open_load < row.max_open_load && skills.every((it) => row.skills.includes(it)))
    .filter((row) => covers(tx, row.area, area))
    .map(({ id, max_open_load, open_load }) => ({ id, free: max_open_load - open_load }))
    .sort((a, b) => b.free - a.free || byText(a.id, b.id));
}

function eligible(tx: Transaction, role: string, outside: string | null, at: number): object[] {
  const users = tx
    .all('role_grant')
    .filter((grant) => grant.role === role && grant.for_user === null && holdsAt(grant, at))
    .flatMap(({ user_id: user }) => tx.get('user_account', user) ?? [])
    .filter(({ unit_id: unit }) => outside === null || unit !== outside);
  return [...new Set(users.map(({ id }) => id))].sort(byText).map((id) => ({ id }));
}

function wrappedKey(tx: Transaction, id: string | undefined): object[] {
  const key = id === undefined ? undefined : tx.get('data_key', id);
  if (!key) return [];
  tx.lock('data_key', key.id, 'shared');
  return [{ id: key.id, wrapped: key.wrapped }];
}

function stuckSteps(tx: Transaction, item: string): object[] {
  return tx
    .all('stuck')
    .filter((row) => row.item_id === item)
    .map(({ step, code, lacks, tries, retry_at }) => ({ step, code, lacks, tries, retry_at }))
    .sort((a, b) => byText(a.step, b.step));
}

function queuedFor(tx: Transaction, item: string): object[] {
  return tx
    .all('queued_command')
    .filter(({ target, status }) => target === item && status === 'queued')
    .sort((a, b) => a.at - b.at || byText(a.source, b.source) || a.source_rev - b.source_rev || a.n - b.n)
    .map(({ id, source, name }) => ({ id, source, name }));
}

const facts: Statements = {
  grants: {
    run({ tx }, [, user, at]: Bound<[string, number]>) {
      const own = tx.all('role_grant').filter((grant) => grant.user_id === user && holdsAt(grant, at));
      for (const { id } of own) tx.lock('role_grant', id, 'shared');
      const home = tx.get('user_account', user)?.unit_id;
      return own
        .map(({ id, role, unit_id, for_user }) => ({ id, role, unit_id, for_user, home }))
        .sort((a, b) => byText(a.id, b.id));
    },
  },
  team_fact: {
    run({ tx }, [, area, id]: Bound<[string, string]>) {
      const row = tx.get('team', id);
      if (!row) return [];
      const { unit_id, active, skills, open_load, max_open_load } = row;
      return [{ unit_id, active, skills, open_load, max_open_load, in_area: inArea(tx, row.area, area) }];
    },
  },
  resource_fact: {
    run({ tx }, [, area, id, at]: Bound<[string, string, number]>) {
      const row = tx.get('resource', id);
      if (!row) return [];
      const { kind, unit, owner_id, capacity, reserved } = row;
      const valid = isValidOn(row, today(at));
      return [{ kind, unit, capacity, reserved, in_area: inArea(tx, row.area, area), valid, owner_id }];
    },
  },
  catalogue_fact: {
    run({ tx }, [, named, code]: Bound<[string | null, string]>) {
      const [inForce] = tx.all('catalogue').sort((a, b) => b.version - a.version);
      if (!inForce) return [];
      const { version, system } = inForce;
      return [
        { version, content: tx.get('catalogue_entry', `${version}/${named ?? system}/${code}`)?.content ?? null },
      ];
    },
  },
  of_street: {
    run: ({ tx }, [, unit]: Bound<[string]>) =>
      above(tx, unit).some((id) => tx.get('unit', id)?.kind === 'subdistrict') ? [{}] : [],
  },
  calendar: {
    run: ({ tx }) =>
      tx
        .all('calendar')
        .sort((a, b) => b.version - a.version)
        .slice(0, 1)
        .map(({ content }) => ({ content })),
  },
  unit_fact: { run: ({ tx }, [, id]: Bound<[string]>) => (tx.get('unit', id) ? [{}] : []) },
  units_above: {
    run: ({ tx }, [, id]: Bound<[string]>) =>
      above(tx, id)
        .slice(1)
        .map((unit) => ({ id: unit })),
  },
  eligible: {
    run: ({ tx }, [, role, outside, at]: Bound<[string, string | null, number]>) => eligible(tx, role, outside, at),
  },
  resource_candidates: {
    run: (running, [, area, kind, unit, wanted, most]: Bound<[string, string, string, number, number]>) =>
      candidates(running, area, kind, unit, wanted).slice(0, most),
  },
  team_candidates: {
    run: ({ tx }, [, area, skills, most]: Bound<[string, string[], number]>) => teams(tx, area, skills).slice(0, most),
  },
};

export const reading: Statements = {
  ...facts,
  begin: { run: ({ now, scale, snapshot }) => [{ now, scale, seen: snapshot() }] },
  now: { run: ({ now }) => [{ now }] },
  item: { run: ({ tx }, [, id]: Bound<[string]>) => itemOf(tx, id) },
  item_lock: { run: ({ tx }, [, id]: Bound<[string]>) => lockItem(tx, id) },
  item_lock_if_free: {
    run: ({ tx }, [, id]: Bound<[string]>) => (tx.get('item', id) && tx.lockIfFree('item', id) ? itemOf(tx, id) : []),
  },
  team_lock: { run: ({ tx }, [, ids]: Bound<[string[]]>) => lockRows(tx, 'team', ids) },
  resource_lock: { run: ({ tx }, [, ids]: Bound<[string[]]>) => lockRows(tx, 'resource', ids) },
  waiting_for: {
    run: ({ tx }, [, item]: Bound<[string]>) => [{ stuck: stuckSteps(tx, item), queued: queuedFor(tx, item) }],
  },
  queued_command: {
    run({ tx }, [, id, item]: Bound<[string, string]>) {
      const row = tx.get('queued_command', id);
      if (row?.target !== item || row.status !== 'queued') return [];
      const { source, source_rev, name, payload } = row;
      return [{ source, source_rev, name, payload: JSON.parse(payload) as unknown }];
    },
  },
  key: {
    run({ tx, now }, [, actor, key]: Bound<[string, string]>) {
      const row = tx.get('command', tx.findBy('command_key', `${actor}/${key}`) ?? '');
      return [{ now, answer: row?.answer ?? null, body_hmac: row?.body_hmac ?? null }];
    },
  },
  plan: {
    run({ tx }, [, hash]: Bound<[string]>) {
      const row = tx.get('definition_version', hash);
      return row ? [{ hash: row.hash, plan: row.plan }] : [];
    },
  },
  plan_in_force: {
    run: ({ tx }, [, kind]: Bound<[string]>) =>
      tx
        .all('definition_version')
        .filter((row) => row.kind === kind && row.in_force)
        .map(({ hash }) => ({ hash })),
  },
  records_since: {
    run({ tx }, [, stream, id, from, to]: Bound<[string, string, number, number]>) {
      const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
      return numbers
        .flatMap((seq) => tx.get('record', `${stream}/${id}/${seq}`) ?? [])
        .map(({ hash, bytes }) => ({ hash, bytes }));
    },
  },
  texts: {
    run: ({ tx }, [, owners, names]: Bound<[string[], string[] | null]>) =>
      tx
        .all('sealed_text')
        .filter(({ owner, name }) => owners.includes(owner) && (names === null || names.includes(name)))
        .sort((a, b) => byText(a.owner, b.owner) || a.rev - b.rev || byText(a.name, b.name))
        .map(({ owner, rev, name, key_id, sealed }) => {
          return { owner, rev, name, key_id, sealed, wrapped: tx.get('data_key', key_id)?.wrapped };
        }),
  },
  item_key: { run: ({ tx }, [, item]: Bound<[string]>) => wrappedKey(tx, tx.get('case_detail', item)?.key_id) },
  subject_key: {
    run: ({ tx }, [, print]: Bound<[string | null]>) =>
      print === null ? [] : wrappedKey(tx, tx.findBy('data_key_subject', print)),
  },
  any_office: { run: ({ tx }) => tx.all('office').slice(0, 1) },
  debtors: { run: ({ tx, now }, values: Cursor) => debtors(tx, now, values) },
  waiting: { run: ({ tx, now }, [most]: [number]) => waiting(tx, now).slice(0, most) },
};

const officeOf = (tx: Transaction): string | undefined => tx.all('office')[0]?.office_id;

type Cursor = [most: number, due: number | null, office: string | null, item: string | null, asked: boolean | null];

interface Debt {
  due: number;
  item: string;
  asked: boolean;
  mark: string;
}

/** Items whose own debt is due, and those of which others asked something that does not have to wait. */
function debtors(tx: Transaction, now: number, [most, due, , item, asked]: Cursor): object[] {
  const own = tx.all('item').flatMap(({ id, rev, next_due: since }): Debt[] => {
    return since !== null && since <= now ? [{ due: since, item: id, asked: false, mark: `${rev}/${since}` }] : [];
  });
  const after = { due: due ?? 0, item: item ?? '', asked: asked ?? false, mark: '' };
  return [...own, ...askedFor(tx, now)]
    .filter((debt) => due === null || byDebt(debt, after) > 0)
    .sort(byDebt)
    .slice(0, most)
    .map((debt) => ({ office: officeOf(tx), ...debt }));
}

const byDebt = (a: Debt, b: Debt): number =>
  a.due - b.due || byText(a.item, b.item) || Number(a.asked) - Number(b.asked);

function askedFor(tx: Transaction, now: number): Debt[] {
  const open = tx.all('queued_command').filter(({ status }) => status === 'queued');
  const waits = ({ id, target }: Row<'queued_command'>): boolean =>
    (tx.get('stuck', `${target}/queued:${id}`)?.retry_at ?? 0) > now;
  const ready = open.filter(
    (row) => !open.some((other) => other.target === row.target && other.source === row.source && waits(other)),
  );
  return [...new Set(ready.map(({ target }) => target))].map((target) => {
    const rows = ready.filter((row) => row.target === target);
    const [first] = rows.map(({ id }) => id).sort(byText);
    return { due: Math.min(...rows.map(({ at }) => at)), item: target, asked: true, mark: `${first}/${rows.length}` };
  });
}

/** Items with a stuck step whose list has gained something that its search had not seen. */
function waiting(tx: Transaction, now: number): object[] {
  const gains = tx.all('gain');
  const items = tx
    .all('stuck')
    .filter(({ lacks, seen, retry_at }) => {
      if (lacks === null || seen === null || retry_at <= now) return false;
      return gains.some((gain) => gain.list === lacks && !isVisibleIn(gain.xid, seen));
    })
    .map(({ item_id }) => item_id);
  return [...new Set(items)].sort(byText).map((item) => ({ office: officeOf(tx), item }));
}
