import type { FileType } from '../../domain/files.ts';
import { heic, mp4 } from './boxes.ts';
import type { Format } from './inspection.ts';
import { jpeg } from './jpeg.ts';
import { isFrame, mp3, pdf } from './plain.ts';
import { png } from './png.ts';
import { wav, webp } from './riff.ts';

/** So many first bytes say what a file is. */
export const ENOUGH = 64;

export const formats: Readonly<Record<FileType, Format>> = {
  'image/jpeg': jpeg,
  'image/png': png,
  'image/webp': webp,
  'image/heic': heic,
  'application/pdf': pdf,
  'video/mp4': mp4,
  'audio/mp4': mp4,
  'audio/mpeg': mp3,
  'audio/wav': wav,
};

const brands: Readonly<Record<string, FileType>> = {
  ...named('image/heic', ['heic', 'heix', 'heim', 'heis']),
  ...named('audio/mp4', ['M4A ', 'M4B ']),
  ...named('video/mp4', [
    'isom',
    'iso2',
    'iso3',
    'iso4',
    'iso5',
    'iso6',
    'mp41',
    'mp42',
    'avc1',
    'M4V ',
    'MSNV',
    'dash',
  ]),
  ...named('video/mp4', ['3gp4', '3gp5', '3gp6']),
};
const forms: Readonly<Record<string, FileType>> = { WEBP: 'image/webp', WAVE: 'audio/wav' };

function named(type: FileType, names: string[]): Record<string, FileType> {
  return Object.fromEntries(names.map((name) => [name, type]));
}

/**
 * What a file is by its first bytes, whatever it is called and said to be. The list is closed: what is not in it, such
 * as SVG, HTML, archives and programs, is not taken.
 */
export function typeOf(head: Buffer): FileType | undefined {
  const text = (from: number, to: number): string => head.toString('latin1', from, to);
  if (text(0, 3) === '\xff\xd8\xff') return 'image/jpeg';
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (text(0, 5) === '%PDF-') return 'application/pdf';
  if (text(0, 4) === 'RIFF') return forms[text(8, 12)];
  if (text(4, 8) === 'ftyp') return brandOf(head);
  return text(0, 3) === 'ID3' || isFrame(head) ? 'audio/mpeg' : undefined;
}

/** The main brand, or for the brand of all pictures the first that it is compatible with. */
function brandOf(head: Buffer): FileType | undefined {
  const main = head.toString('latin1', 8, 12);
  if (main !== 'mif1') return Object.hasOwn(brands, main) ? brands[main] : undefined;
  const end = Math.min(head.length, head.readUInt32BE());
  for (let at = 16; at + 4 <= end; at += 4)
    if (brands[head.toString('latin1', at, at + 4)] === 'image/heic') return 'image/heic';
  return undefined;
}
