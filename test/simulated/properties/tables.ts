import type { ItemState } from '../../../domain/process/state.ts';
import type { Committed } from '../postgres/store.ts';
import type { Clients } from '../client.ts';

/** Invariants 7, 16, 17, 18, 20, 22, 23, 24 over the tables at rest. */
export function checkTables(tables: Committed): string[] {
  const archived = [...tables.item.values()].filter(({ place }) => place === 'archived');
  return [
    ...archived
      .filter(({ id }) => !tables.archive_job.has(id))
      .map(({ id }) => `${id} is archived and its history is not asked for`),
    ...commands(tables),
    ...between(tables),
    ...resources(tables),
    ...teams(tables),
    ...duties(tables),
    ...[...tables.request.values()]
      .filter((row) => row.asked_by === row.decided_by)
      .map((row) => `23 ${row.item_id}: who asked for ${row.command} decided it`),
  ];
}

function commands(tables: Committed): string[] {
  const recorded = new Map([...tables.record.values()].map((row) => [row.command_id, row]));
  const keys = new Set([...tables.command.values()].map((row) => `${row.actor_id}/${row.key}`));
  return [
    ...(recorded.size === tables.record.size ? [] : ['7 a command has two records']),
    ...(keys.size === tables.command.size ? [] : ['2 a key is applied twice']),
    ...(tables.command.size === tables.record.size ? [] : ['7 commands and records are not as many']),
    ...[...tables.command.values()].flatMap((row) => {
      const record = recorded.get(row.id);
      const grant = row.grant_id === null ? undefined : tables.role_grant.get(row.grant_id);
      const covered = grant && grant.valid_from <= row.at && (grant.valid_to === null || grant.valid_to > row.at);
      const move = /:auto:[a-z-]+:(\d+)$/.exec(row.key);
      return [
        ...(record?.stream_id === row.item_id && record.seq === row.rev
          ? []
          : [`7 ${row.key} has no record of its own`]),
        ...(row.role === 'system' || covered ? [] : [`24 ${row.key}: the grant does not cover its time`]),
        ...(move && Number(move[1]) !== row.rev - 1 ? [`13 ${row.key} was applied on another revision`] : []),
      ];
    }),
  ];
}

/** Invariants 2, 4, 21: what one item asked of another is settled once, and a merged item is kept by whom it went into. */
function between(tables: Committed): string[] {
  const asked = [...tables.queued_command.values()];
  const bySystem = new Map(
    [...tables.command.values()].flatMap((row) => (row.actor_id === 'system' ? [[row.key, row] as const] : [])),
  );
  return [
    ...asked.flatMap((row) => {
      const done = bySystem.get(row.id);
      const fits = done !== undefined && done.item_id === row.target && done.name === row.name;
      const stuck = tables.stuck.has(`${row.target}/queued:${row.id}`);
      const answered = asked.some(
        (it) => it.name === 'unmerge' && it.source === row.target && it.target === row.source,
      );
      return [
        ...((row.status === 'applied') === fits
          ? []
          : [`4 ${row.name} of ${row.source} for ${row.target}: ${row.status}`]),
        ...(row.status === 'queued' && !stuck ? [`4 ${row.target} was asked for ${row.name} and did nothing`] : []),
        ...(row.status === 'rejected' && row.name === 'absorb' && !answered
          ? [`21 ${row.source} was not told that ${row.target} could not absorb it`]
          : []),
      ];
    }),
    ...[...tables.item.values()]
      .filter(({ place }) => place === 'merged')
      .filter(
        ({ id, state }) => !keeps(tables, id, state) && !asked.some((it) => it.status === 'queued' && it.target === id),
      )
      .map(({ id }) => `21 ${id} is merged into nobody who keeps it`),
  ];
}

function keeps(tables: Committed, id: string, state: string): boolean {
  const { mergedInto } = (JSON.parse(state) as ItemState).fields; // as write.ts stored it
  const primary = tables.item.get(String(mergedInto));
  return primary !== undefined && ((JSON.parse(primary.state) as ItemState).absorbed ?? []).some((it) => it === id);
}

function resources(tables: Committed): string[] {
  const open = [...tables.reservation.values()].filter(({ released }) => !released);
  return [
    ...[...tables.resource.values()].flatMap(({ id, reserved, capacity }) => {
      const held = open.filter((row) => row.resource_id === id).reduce((sum, row) => sum + row.amount, 0);
      return [
        ...(held === reserved ? [] : [`17 ${id} counts ${reserved} and ${held} are held`]),
        ...(capacity === null || reserved <= capacity ? [] : [`16 ${id} is reserved beyond its capacity`]),
      ];
    }),
    ...[...tables.item.values()].flatMap((item) => {
      const held = open.filter((row) => row.item_id === item.id).map(({ id }) => id);
      const said = (JSON.parse(item.state) as { reservations: { id: string }[] }).reservations.map(({ id }) => id);
      const ended = ['closed', 'withdrawn', 'archived', 'not_accepted', 'merged'].includes(item.place);
      return [
        ...(String(held.sort()) === String(said.sort()) ? [] : [`17 ${item.id} does not hold what its state says`]),
        ...(ended && held.length > 0 ? [`18 ${item.id} is ${item.place} and holds ${held.join()}`] : []),
      ];
    }),
  ];
}

function teams(tables: Committed): string[] {
  const open = [...tables.assignment.values()].filter(({ ended }) => !ended);
  const ends = ['closed', 'withdrawn', 'archived', 'not_accepted', 'merged'];
  return [
    ...[...tables.team.values()].flatMap(({ id, open_load, max_open_load }) => {
      const load = open.filter((row) => row.team_id === id).length;
      return [
        ...(load === open_load ? [] : [`20 ${id} counts ${open_load} and answers for ${load}`]),
        ...(open_load <= max_open_load ? [] : [`20 ${id} is over its load`]),
      ];
    }),
    ...open
      .filter((row) => ends.includes(tables.item.get(row.item_id)?.place ?? ''))
      .map((row) => `18 ${row.item_id} is over and still loads ${row.team_id}`),
  ];
}

const APART = ['handler', 'checker', 'resource_decider'];

function duties(tables: Committed): string[] {
  return [...tables.duty.values()]
    .filter(({ duty }) => duty === 'closure_reviewer')
    .filter(({ item_id, user_id }) => APART.some((other) => tables.duty.has(`${item_id}/${user_id}/${other}`)))
    .map(({ item_id, user_id }) => `22 ${user_id} reviewed ${item_id} and had done something else on it`);
}

/** Invariants 1, 2, 3, 15: what clients were told is what is in the record. */
export function checkAnswers(tables: Committed, clients: Clients): string[] {
  const applied = new Map([...tables.command.values()].map((row) => [`${row.actor_id}/${row.key}`, row]));
  const revisions = new Map<string, string>();
  return clients.asked.flatMap(({ request, seen, sent, reused }) => {
    const actor = request.actor.kind === 'person' ? request.actor.user : 'system';
    const row = applied.get(`${actor}/${request.key}`);
    const answers = seen.flatMap((one) => (one.kind === 'applied' || one.kind === 'replayed' ? [one.answer] : []));
    const violations = [
      ...(answers.length > 0 && !row ? [`1 ${request.key} was answered and is not in the record`] : []),
      ...(answers.some((answer) => answer !== row?.answer)
        ? [`2 ${request.key} has an answer that is not its first`]
        : []),
      ...(seen.filter(({ kind }) => kind === 'applied').length > 1 ? [`2 ${request.key} was applied twice`] : []),
      ...(row && answers.length === 0 && seen.length === sent
        ? [`3 ${request.key} was refused and is in the record`]
        : []),
      ...(!reused && seen.some(({ kind }) => kind === 'key-reused') ? [`2 ${request.key} was taken for another`] : []),
      ...seen.flatMap((one) => (one.kind === 'error' ? [`an unexpected error: ${String(one.error)}`] : [])),
    ];
    if (!row || !('ifMatch' in request.expected) || request.expected.ifMatch === '*') return violations;
    const at = `${row.item_id}@${request.expected.ifMatch}`;
    const other = revisions.get(at);
    revisions.set(at, request.key);
    const between = personBetween(tables, row.item_id, request.expected.ifMatch, row.rev);
    return [
      ...violations,
      ...(other === undefined ? [] : [`15 ${other} and ${request.key} were both applied at ${at}`]),
      ...(between ? [`15 ${request.key} was applied although somebody else had acted since ${at}`] : []),
    ];
  });
}

function personBetween(tables: Committed, item: string, from: number, to: number): boolean {
  for (let seq = from + 1; seq < to; seq += 1) {
    const record = tables.record.get(`case/${item}/${seq}`);
    if (record && tables.command.get(record.command_id)?.role !== 'system') return true;
  }
  return false;
}
