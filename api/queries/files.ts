import type { z } from 'zod';
import { BRINGERS, MOST_FILES, ORIGINAL_READERS } from '../../domain/files.ts';
import type { Hash, ItemId, UserId } from '../../domain/ids.ts';
import { placeOf } from '../../domain/process/state.ts';
import { formatInstant } from '../../domain/time.ts';
import { type CaseFile, filesOf, logRead } from '../../record/files.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { DataKey, OfficeKey } from '../../record/seal.ts';
import { keyOfItem } from '../../record/texts.ts';
import type { FileView } from '../contract/files.ts';
import { Problem } from '../problem.ts';
import { grantsNow, readableCase } from './reading.ts';
import { stateTitles } from './definitions.ts';

/** The key for files of an item to which this person may bring one. @throws Problem may-not-bring, wrong-state, and as `readableCase` */
export async function keyToBring(tx: OfficeTransaction, office: OfficeKey, user: UserId, id: ItemId): Promise<DataKey> {
  const { item } = await readableCase(tx, user, id);
  if (!(await holdsOneOf(tx, user, BRINGERS))) throw new Problem('may-not-bring');
  if (placeOf(item.plan, item.state).final)
    throw new Problem('wrong-state', {
      details: { at: item.state.at },
      states: await stateTitles(tx, item.planHash),
    });
  return await keyOfItem(tx, office, id);
}

/** @throws Problem too-many-files */
export async function requireRoom(tx: OfficeTransaction, item: ItemId): Promise<void> {
  const [row] = await tx.query<{ files: number }>(
    'api_count_files',
    'SELECT count(*) AS files FROM case_file WHERE office_id = $1 AND item_id = $2',
    [tx.office, item],
  );
  if ((row?.files ?? 0) >= MOST_FILES) throw new Problem('too-many-files', { details: { most: MOST_FILES } });
}

/** Residents see what they brought themselves; everybody else who reads the case, everything. @throws as `readableCase` */
export async function readableFiles(
  tx: OfficeTransaction,
  office: OfficeKey,
  user: UserId,
  item: ItemId,
  sha256: Hash | null,
): Promise<CaseFile[]> {
  const { scope } = await readableCase(tx, user, item);
  const files = await filesOf(tx, office, item, sha256);
  return files.filter(({ by }) => scope === 'all' || by === user);
}

/** A file that is about to be handed to this person, which is written down. @throws Problem file-not-found, original-not-shown */
export async function fileToRead(
  tx: OfficeTransaction,
  office: OfficeKey,
  user: UserId,
  asked: { item: ItemId; sha256: Hash; original: boolean },
): Promise<CaseFile> {
  const [file] = await readableFiles(tx, office, user, asked.item, asked.sha256);
  if (!file) throw new Problem('file-not-found');
  if (asked.original && !(await holdsOneOf(tx, user, ORIGINAL_READERS))) throw new Problem('original-not-shown');
  await logRead(tx, file, user, asked.original);
  return file;
}

async function holdsOneOf(tx: OfficeTransaction, user: UserId, roles: readonly string[]): Promise<boolean> {
  return (await grantsNow(tx, user, tx.beganAt)).some(({ role }) => roles.includes(role));
}

export function viewFile({ sha256, size, type, name, by, at, named }: CaseFile): z.output<typeof FileView> {
  return { sha256, size, type, name, broughtBy: by, at: formatInstant(at), named };
}
