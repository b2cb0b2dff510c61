import { randomUUID } from 'node:crypto';
import type { CommandName, Payloads } from '../../domain/commands/vocabulary.ts';
import { type ItemId, itemId, officeId, resourceId, teamId, userId } from '../../domain/ids.ts';
import { type CommitRequest, commit, type Outcome, type Store } from '../../record/commit.ts';
import { keepWhole } from '../../record/files.ts';
import { loadItem } from '../../record/load-item.ts';
import { withOffice } from '../../record/office.ts';
import { keyOfItem } from '../../record/texts.ts';
import { photoOf } from '../../stack/photo.ts';

export const OFFICE = officeId('YX');

export const LIT = photoOf('stairs, lit, at night');

/** The stair lights of Qinglian building 3: what the resident says, how it is registered, and who does what. */
export const D01: {
  submit: Payloads['submit'];
  register: Payloads['register'];
  reserve: Payloads['reserve'];
  assign: Payloads['assign'];
  'hand-in': Payloads['hand-in'];
} = {
  submit: { channel: 'grid', kind: 'help', area: 'QL-G1', peopleAffected: 72 },
  register: {
    category: 'municipal',
    urgency: 'ordinary',
    limit: { kind: 'work_day', amount: 2 },
    skills: ['electrical'],
    needs: [{ id: 'lamps', kind: 'goods', unit: 'piece', amount: 20 }],
  },
  reserve: { need: 'lamps', resource: resourceId('R05'), amount: 20 },
  assign: { team: teamId('T03') },
  'hand-in': { evidence: [{ kind: 'photo', sha256: LIT.sha256 }] },
};

/** The photograph of the lit stairs, as the api would keep it; nothing where there is no such item, or it is there already. */
export async function bringPhoto(store: Store, item: ItemId, user: string): Promise<void> {
  const officeKey = await store.keyOf(OFFICE);
  const { bytes, sha256 } = LIT;
  const shown = [{ from: 0, to: bytes.length }];
  try {
    await withOffice(store.pool, OFFICE, async (tx) => {
      if (!(await loadItem(tx, item))) return;
      const key = await keyOfItem(tx, officeKey, item);
      const file = { item, sha256, size: bytes.length, type: 'image/jpeg', name: 'lit.jpg', by: userId(user) } as const;
      await keepWhole(tx, key, { ...file, shown }, bytes);
    });
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error; // the code of a key that is there
  }
}

/** Whether a command names the photograph. */
export const namesPhoto = (payload: object): boolean => JSON.stringify(payload).includes(LIT.sha256);

/**
 * One person's command on one case, as the api would commit it: at the case's latest revision, with a fresh key. The
 * photograph that it names is brought before.
 */
export async function act<Name extends CommandName>(
  store: Store,
  item: ItemId,
  user: string,
  name: Name,
  payload: Payloads[Name],
  more: Partial<CommitRequest<Name>> = {},
): Promise<Outcome> {
  if (namesPhoto(payload)) await bringPhoto(store, item, user);
  const expected = more.expected ?? { ifMatch: await revOf(store, item) };
  const actor: CommitRequest['actor'] = { kind: 'person', user: userId(user) };
  return await commit<Name>(store, {
    office: OFFICE,
    item,
    actor,
    key: randomUUID(),
    texts: {},
    run: null,
    ...more,
    name,
    payload,
    expected,
  });
}

/** The system's own move at the item's latest record, as the workflow would commit it. */
export async function move<Name extends CommandName>(
  store: Store,
  item: ItemId,
  name: Name,
  payload: Payloads[Name],
): Promise<Outcome> {
  const loaded = await withOffice(store.pool, OFFICE, async (tx) => await loadItem(tx, item));
  if (!loaded) throw new Error('there is no such item');
  const expected = { rev: loaded.state.rev, head: loaded.head };
  const key = `${item}:auto:${name}:${loaded.state.rev}`;
  return await commit<Name>(store, {
    office: OFFICE,
    item,
    actor: { kind: 'system' },
    key,
    name,
    payload,
    texts: {},
    expected,
    run: 'run-of-a-test',
  });
}

export async function revOf(store: Store, item: ItemId): Promise<number> {
  const loaded = await withOffice(store.pool, OFFICE, async (tx) => await loadItem(tx, item));
  return loaded?.state.rev ?? 0;
}

/** A case as grid1 brings it in. @throws Error when it is not applied. */
export async function submitCase(store: Store, more: Partial<CommitRequest<'submit'>> = {}): Promise<ItemId> {
  const item = itemId(randomUUID());
  must(
    await act(store, item, 'grid1', 'submit', D01.submit, {
      texts: { title: '楼道灯全坏' },
      expected: { new: true },
      ...more,
    }),
  );
  return item;
}

/** @throws Error naming the outcome when the command was not applied. */
export function must(outcome: Outcome): Extract<Outcome, { kind: 'applied' }> {
  if (outcome.kind !== 'applied') throw new Error(`the command was not applied: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** Every step of a whole life in order; people by name, the system's moves by hand. Ends in `closed`. */
export async function walk(store: Store, until: CommandName = 'review'): Promise<ItemId> {
  const item = await submitCase(store);
  const person = async <Name extends CommandName>(
    user: string,
    name: Name,
    payload: Payloads[Name],
    texts = {},
  ): Promise<Outcome> => await act(store, item, user, name, payload, { texts });
  const steps: [CommandName, () => Promise<Outcome>][] = [
    ['register', () => person('intake1', 'register', D01.register)],
    ['start-matching', () => move(store, item, 'start-matching', {})],
    ['reserve', () => person('match1', 'reserve', D01.reserve)],
    ['assign', () => person('dispatch1', 'assign', D01.assign)],
    ['dispatch', () => move(store, item, 'dispatch', {})],
    ['sign', () => person('clerk1', 'sign', {})],
    ['contact', () => person('case1', 'contact', { means: 'phone' })],
    ['start-work', () => move(store, item, 'start-work', {})],
    ['hand-in', () => person('case1', 'hand-in', D01['hand-in'], { result: '已更换' })],
    ['draw-check', () => move(store, item, 'draw-check', {})],
    ['check', () => person('inspect1', 'check', { outcome: 'pass' })],
    ['draw-call-back', () => move(store, item, 'draw-call-back', {})],
    ['call-back', () => person('callback1', 'call-back', { reached: 'reached', solved: 'yes', satisfied: 'very' })],
    ['submit-review', () => move(store, item, 'submit-review', {})],
    ['review', () => person('review1', 'review', { closureType: 'solved' })],
  ];
  for (const [name, step] of steps) {
    must(await step());
    if (name === until) break;
  }
  return item;
}
