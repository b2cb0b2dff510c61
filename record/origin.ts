import { amendable, type Origin } from '../domain/commands/demand-list.ts';
import type { ItemId } from '../domain/ids.ts';
import type { OfficeTransaction } from './office.ts';
import type { OfficeKey } from './seal.ts';
import { openTexts, type Texts } from './texts.ts';

/**
 * The words of a demand that another one's record begins: what its resident said there, as it stands by now, under the
 * title that the record gave. Its texts are sealed anew under the key of that item, whose resident is the same.
 */
export async function wordsFrom(
  tx: OfficeTransaction,
  office: OfficeKey,
  source: { item: ItemId; rev: number },
  { title }: Origin,
): Promise<Texts> {
  const told = await openTexts(tx, office, [source.item], null);
  const heard = told.filter(({ rev, name }) => rev === 1 || (rev <= source.rev && amendable.includes(name)));
  const own = told.filter(({ rev, name }) => rev === source.rev && name === title);
  return Object.fromEntries([
    ...heard.map(({ name, value }) => [name, value]),
    ...own.map(({ value }) => ['title', value]),
  ]);
}
