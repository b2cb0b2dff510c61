import { isId, type OfficeId, officeId } from './ids.ts';

/** Crockford's base 32: no I, L, O and U, which are taken for others or make words. */
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 19 symbols of 5 bits are 95: beyond guessing, and beyond trying against all the codes that there are. */
const SECRET = 19;
/** Bytes of which a code is made; the first bits that it needs are taken. */
export const SECRET_BYTES = 12;
const GROUP = 4;

/** What a resident holds: `<office>-7K3M-9QRT-XW2P-H5JN-C8DE`; the last symbol shows most mistakes in writing it down. */
export function progressCode(office: OfficeId, secret: Uint8Array): string {
  let bits = secret.slice(0, SECRET_BYTES).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  bits >>= BigInt(SECRET_BYTES * 8 - SECRET * 5);
  const symbols = Array.from({ length: SECRET }, (_, at) => Number((bits >> BigInt(5 * (SECRET - 1 - at))) & 31n));
  const text = [...symbols, check(symbols)].map((symbol) => SYMBOLS[symbol]).join('');
  return `${office}-${text.match(/.{4}/g)?.join('-')}`;
}

/**
 * A code as somebody wrote it: small letters, blanks for dashes, O for 0, I and L for 1. The office's own letters are
 * taken as they stand.
 * @returns the code as it was given out, or undefined when it was written down wrongly
 */
export function readProgressCode(text: string): { office: OfficeId; code: string } | undefined {
  const parts = text.trim().split(/[\s-]+/);
  const groups = parts.splice(-(SECRET + 1) / GROUP);
  const office = parts.join('-');
  const written = groups.join('').toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  const symbols = Array.from(written, (symbol) => SYMBOLS.indexOf(symbol));
  if (!isId(office) || symbols.length !== SECRET + 1 || symbols.includes(-1)) return undefined;
  if (check(symbols.slice(0, SECRET)) !== symbols[SECRET]) return undefined;
  return { office: officeId(office), code: `${office}-${written.match(/.{4}/g)?.join('-')}` };
}

/** Luhn's check to the base of 32: finds every single wrong symbol, and nearly every two that changed places. */
function check(symbols: readonly number[]): number {
  const base = SYMBOLS.length;
  const sum = symbols.toReversed().reduce((total, symbol, at) => {
    const weighed = at % 2 === 0 ? symbol * 2 : symbol;
    return total + Math.floor(weighed / base) + (weighed % base);
  }, 0);
  return (base - (sum % base)) % base;
}
