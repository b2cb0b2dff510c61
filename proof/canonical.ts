/**
 * JSON as RFC 8785 writes it, for the values our records hold: objects, arrays, texts, booleans, null, safe integers.
 * @throws TypeError on what it cannot hold: fractions, unsafe integers, lone surrogates, functions.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return integer(value);
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${Array.from(value, canonical).join(',')}]`; // a hole is undefined, and refused
  if (typeof value !== 'object' || !isPlain(value)) throw new TypeError(`a record cannot hold a ${nameOf(value)}`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  // sorted by UTF-16 code units, as RFC 8785 asks: that is what a comparison of JavaScript strings does
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${text(name)}:${canonical(member)}`).join(',')}}`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function nameOf(value: unknown): string {
  return typeof value === 'object' && value ? value.constructor.name : typeof value;
}

function integer(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError('a record holds safe integers only');
  return String(value);
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a record holds well-formed Unicode only');
  return JSON.stringify(value);
}
