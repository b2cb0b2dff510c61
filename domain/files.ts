import type { RoleCode } from './process/definition.ts';

/** What evidence may be: pictures, sound, moving pictures and documents that no browser takes for a program. */
export const fileTypes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/heic',
  'application/pdf',
  'video/mp4',
  'audio/mp4',
  'audio/mpeg',
  'audio/wav',
] as const;
export type FileType = (typeof fileTypes)[number];

/** The endings of a type's names; the first is given to a name that has none of them. */
export const endings: Readonly<Record<FileType, readonly [string, ...string[]]>> = {
  'image/jpeg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'image/heic': ['heic', 'heif'],
  'application/pdf': ['pdf'],
  'video/mp4': ['mp4'],
  'audio/mp4': ['m4a'],
  'audio/mpeg': ['mp3'],
  'audio/wav': ['wav'],
};

export const MOST_BYTES = 20 * 1024 * 1024;
/** Of one item. */
export const MOST_FILES = 200;
/** A picture says how large it will be when it is unpacked: more than a good camera makes is meant to fill a memory. */
export const MOST_PIXELS = 200_000_000;
/** UTF-8, as file systems count. */
const MOST_NAME_BYTES = 255;

/** Whoever works on items or brings them in. Not those who only look: an auditor changes nothing, nor who looks after accounts. */
export const BRINGERS: readonly RoleCode[] = [
  'reporter',
  'intake_clerk',
  'grid_worker',
  'duty_officer',
  'dispatcher',
  'matcher',
  'unit_clerk',
  'caseworker',
  'team_lead',
  'volunteer',
  'resource_owner',
  'project_lead',
  'dept_liaison',
  'supervisor',
  'inspector',
  'callback_clerk',
  'closure_reviewer',
];

/** Whose work it is to ask where and when a photograph was taken: they may see it as it was brought. */
export const ORIGINAL_READERS: readonly RoleCode[] = ['inspector', 'closure_reviewer', 'auditor'];

export type NameFault = 'empty' | 'too-long' | 'path' | 'control' | 'bidi';

/**
 * What is wrong with a file's name. Names are shown, and become names on other people's disks: no way to another
 * directory, nothing that cannot be seen, nothing that makes the end of a name look like its middle.
 */
export function nameFault(name: string): NameFault | undefined {
  if (name.trim() === '' || /^\.+$/.test(name.trim())) return 'empty';
  if (utf8Length(name) > MOST_NAME_BYTES) return 'too-long';
  if (/[/\\:]/.test(name)) return 'path';
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return 'control';
  return /[\p{Cf}\p{Zl}\p{Zp}]/u.test(name) ? 'bidi' : undefined;
}

function utf8Length(text: string): number {
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return length;
}

/** The name under which a file is handed out: what it is called, with an ending that says what it is. */
export function nameOf(name: string, type: FileType): string {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return endings[type].includes(ending) ? name : `${name}.${endings[type][0]}`;
}
