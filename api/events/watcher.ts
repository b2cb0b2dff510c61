import type { OfficeId, UserId } from '../../domain/ids.ts';
import type { Language } from '../words/say.ts';

/** One open connection, and up to which number it has been told. */
export interface Watcher {
  office: OfficeId;
  user: UserId;
  token: string;
  language: Language;
  /** Null until the first look, which begins at the latest. */
  after: number | null;
  /** Writes, whether or not the other side reads; how much waits to be read is `waiting`. */
  write: (text: string) => void;
  /** Characters that the other side has not taken yet. */
  waiting: () => number;
  /** Ends what is written and closes. */
  end: () => void;
  /** Closes at once. */
  drop: () => void;
}

/** One thing that happened, with the number after which a client that comes back goes on. */
export interface News {
  n: number;
  /** Null where the office itself changed. */
  item: { id: string; rev: number; state: string; submittedBy: string | null } | null;
}

/** One block of an event stream. Without `id` the client goes on remembering the one before. */
export function eventText(event: string, data: object, id?: number): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
