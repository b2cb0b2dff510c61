/** Branded ids: a text that passed its constructor. The constructors are the only casts. */
declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

export type OfficeId = Brand<'OfficeId'>;
export type ItemId = Brand<'ItemId'>;
export type UserId = Brand<'UserId'>;
export type GrantId = Brand<'GrantId'>;
export type TeamId = Brand<'TeamId'>;
export type ResourceId = Brand<'ResourceId'>;
export type UnitId = Brand<'UnitId'>;
/** 64 lower-case hexadecimal digits: a SHA-256. */
export type Hash = Brand<'Hash'>;

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const HASH = /^[0-9a-f]{64}$/;

/** @throws RangeError: an id is 1–64 characters of letters, digits, dot, dash and underscore. */
function idOf<T extends string>(text: string): T {
  if (!ID.test(text)) throw new RangeError('an id is 1 to 64 letters, digits, dots, dashes or underscores');
  return text as T;
}

export const officeId = (text: string): OfficeId => idOf(text);
export const itemId = (text: string): ItemId => idOf(text);
export const userId = (text: string): UserId => idOf(text);
export const grantId = (text: string): GrantId => idOf(text);
export const teamId = (text: string): TeamId => idOf(text);
export const resourceId = (text: string): ResourceId => idOf(text);
export const unitId = (text: string): UnitId => idOf(text);

/**
 * The id of an item that a record begins: of the hash before that record, which no other record follows, and a number
 * below 256. Whoever decides again gets the same, and nobody chooses.
 */
export function itemBornOf(seed: Hash, n: number): ItemId {
  const digits = seed.slice(0, 30) + n.toString(16).padStart(2, '0');
  return itemId([8, 12, 16, 20, 32].map((to, at, ends) => digits.slice(ends[at - 1] ?? 0, to)).join('-'));
}

/** @throws RangeError unless the text is a SHA-256 in lower-case hexadecimal. */
export function hash(text: string): Hash {
  if (!HASH.test(text)) throw new RangeError('a hash is 64 lower-case hexadecimal digits');
  return text as Hash;
}

export function isId(text: string): boolean {
  return ID.test(text);
}
