import { Problem } from './problem.ts';

const DEEPEST = 32;
/** A text, a number or a bracket; commas, colons, blanks and the three words say nothing that is checked here. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|[{}[\]]/g;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON as RFC 8259 has it, less everything that two readers may understand differently: a byte order mark, invalid
 * UTF-8, a key twice in one object, the key `__proto__`, U+0000 and halves of surrogate pairs in keys and texts, more
 * than 32 levels, numbers beyond ±(2^53−1) however they are written.
 * @throws Problem 400 with a code that names which
 */
export function parseStrictJson(bytes: Buffer): unknown {
  const text = decode(bytes);
  if (text.startsWith('\uFEFF')) throw new Problem('json-byte-order-mark');
  const value = parse(text);
  examine(text);
  return value;
}

function decode(bytes: Buffer): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Problem('json-invalid-utf8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('json-malformed');
  }
}

/** The keys of an object that is open, or null for an array. */
type Open = Set<string> | null;

/** Goes once over a text that the engine's own parser has accepted: its syntax is beyond doubt. */
function examine(text: string): void {
  const open: Open[] = [];
  for (const { 0: token, index } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') {
      open.push(token === '{' ? new Set() : null);
      if (open.length > DEEPEST) throw new Problem('json-too-deep');
    } else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"'))
      examineText(token, isKey(text, index + token.length) ? (open.at(-1) ?? null) : null);
    else examineNumber(token);
  }
}

/** In a text that parses, a colon follows a key and nothing else. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (' \t\n\r'.includes(text[at] ?? '.')) at += 1;
  return text[at] === ':';
}

function examineText(token: string, keys: Open): void {
  const value = JSON.parse(token) as string; // a text token of a text that parsed
  if (value.includes('\0')) throw new Problem('json-null-character');
  if (!value.isWellFormed()) throw new Problem('json-lone-surrogate');
  if (!keys) return;
  if (value === '__proto__') throw new Problem('json-proto-key');
  if (keys.has(value)) throw new Problem('json-duplicate-key');
  keys.add(value);
}

function examineNumber(token: string): void {
  if (Math.abs(Number(token)) > Number.MAX_SAFE_INTEGER) throw new Problem('json-unsafe-number');
}
