import type { FastifyBaseLogger } from 'fastify';
import type { Pool } from 'pg';
import type { OfficeId } from '../../domain/ids.ts';
import { viewNotice } from '../queries/notices.ts';
import type { Scope } from '../queries/reading.ts';
import { type Look, lookAt, PAGE } from './look.ts';
import { eventText, type News, type Watcher } from './watcher.ts';

/** Between two looks, while somebody watches. */
const EVERY_MS = 500;
/** Looks between two signs of life: a connection on which nothing happens is closed by whatever lies between. */
const QUIET_LOOKS = 30;
/** Whoever has not read so many characters is let go: they come back and go on from the last number that they saw. */
const MOST_WAITING = 256 * 1024;

export const MOST_PER_USER = 5;
const MOST_IN_ALL = 2_000;

export interface HubFigures {
  everyMs: number;
  quietLooks: number;
  mostWaiting: number;
}

/** Everybody who watches through this process, told by one loop. */
export interface Hub {
  /** @returns false when this user, or the process, has too many connections already */
  open(watcher: Watcher): boolean;
  remove(watcher: Watcher): void;
  /** Ends every connection; none is opened afterwards. */
  close(): void;
}

export function createHub(pool: Pool, logger: FastifyBaseLogger, figures: Partial<HubFigures> = {}): Hub {
  const { everyMs, quietLooks, mostWaiting } = {
    everyMs: EVERY_MS,
    quietLooks: QUIET_LOOKS,
    mostWaiting: MOST_WAITING,
    ...figures,
  };
  const watchers = new Set<Watcher>();
  let [closed, looking, looks] = [false, false, 0];
  let timer: NodeJS.Timeout | undefined;

  function schedule(ms: number): void {
    if (closed || looking || watchers.size === 0) return;
    clearTimeout(timer);
    timer = setTimeout(() => void lookAtAll(), ms);
  }

  async function lookAtAll(): Promise<void> {
    looking = true;
    looks += 1;
    let more = false;
    for (const [office, own] of byOffice(watchers)) more = (await lookAtOffice(office, own)) || more;
    if (looks % quietLooks === 0) for (const watcher of watchers) watcher.write(': \n\n');
    for (const watcher of watchers) if (watcher.waiting() > mostWaiting) letGo(watcher, 'drop');
    looking = false;
    schedule(more ? 0 : everyMs);
  }

  /** @returns whether somebody has not caught up yet */
  async function lookAtOffice(office: OfficeId, own: Watcher[]): Promise<boolean> {
    try {
      const look = await lookAt(pool, office, own);
      for (const watcher of own) {
        const scope = look.live.has(watcher.token) ? look.scopes.get(watcher.user) : undefined;
        if (scope === undefined) letGo(watcher, 'end');
        else if (watchers.has(watcher)) tell(watcher, scope, look);
      }
      return look.news.length === PAGE;
    } catch (error) {
      logger.warn({ error: error instanceof Error ? error.name : typeof error }, 'those who watch were not told yet');
      return false;
    }
  }

  function letGo(watcher: Watcher, how: 'end' | 'drop'): void {
    watchers.delete(watcher);
    watcher[how]();
  }

  return {
    open(watcher) {
      const own = [...watchers].filter(({ office, user }) => office === watcher.office && user === watcher.user);
      if (closed || own.length >= MOST_PER_USER || watchers.size >= MOST_IN_ALL) return false;
      watchers.add(watcher);
      schedule(0);
      return true;
    },
    remove: (watcher) => void watchers.delete(watcher),
    close() {
      closed = true;
      clearTimeout(timer);
      for (const watcher of watchers) letGo(watcher, 'end');
    },
  };
}

function byOffice(watchers: Iterable<Watcher>): Map<OfficeId, Watcher[]> {
  const offices = new Map<OfficeId, Watcher[]>();
  for (const watcher of watchers) offices.set(watcher.office, [...(offices.get(watcher.office) ?? []), watcher]);
  return offices;
}

/** Writes what comes after the number up to which the connection was told, in order, each number whole. */
function tell(watcher: Watcher, scope: Scope | 'none', look: Look): void {
  const { after } = watcher;
  if (after === null) return begin(watcher, 'ready', look.head);
  if (after < look.kept || after > look.head) return begin(watcher, 'reset', look.head);
  for (const news of look.news) {
    if (news.n <= after) continue;
    const blocks = [...noticesOf(watcher, news, look), ...itemOf(watcher, scope, news)];
    const last = blocks.pop();
    // the number comes with the last block, so that a cut in between repeats all of them
    if (last)
      watcher.write(blocks.map(([event, data]) => eventText(event, data)).join('') + eventText(...last, news.n));
    watcher.after = news.n;
  }
}

/** `reset`: what lies between is no longer kept, and the lists are to be read again. */
function begin(watcher: Watcher, event: 'ready' | 'reset', head: number): void {
  watcher.after = head;
  watcher.write(eventText(event, {}, head));
}

type Block = [event: string, data: object];

function noticesOf({ user, language }: Watcher, { n }: News, { notices }: Look): Block[] {
  return notices
    .filter((notice) => notice.n === n && notice.user_id === user)
    .map((notice): Block => ['notice', viewNotice(notice, language)]);
}

function itemOf({ user }: Watcher, scope: Scope | 'none', { item }: News): Block[] {
  if (!item || scope === 'none' || (scope === 'own' && item.submittedBy !== user)) return [];
  const { id, rev, state } = item;
  return [['item', { id, rev, state }]];
}
