import type { z } from 'zod';
import { light } from '../../domain/clock/light.ts';
import { clockIn } from '../../domain/process/clocks.ts';
import type { RunningClock } from '../../domain/process/state.ts';
import { formatInstant, type Instant, instant } from '../../domain/time.ts';
import type { LoadedItem } from '../../record/load-item.ts';
import type { OfficeTransaction } from '../../record/office.ts';
import type { Clocks } from '../contract/items.ts';

type View = z.output<typeof Clocks>;

/** The running clocks of a case, as they stand at this instant. */
export function readClocks(tx: OfficeTransaction, item: LoadedItem): View {
  const at = instant(Math.max(tx.beganAt, item.lastAt));
  const ownerOf = (clock: RunningClock): string => clockIn(item.plan, clock.id)?.owner ?? 'unit';
  return { now: formatInstant(at), clocks: item.state.clocks.map((clock) => view(clock, ownerOf(clock), at)) };
}

function view(clock: RunningClock, owner: string, at: Instant): View['clocks'][number] {
  const { id, run, startedAt, due, limit, provisional, levels, level, pauses } = clock;
  const [firstWarning] = levels.slice(0, -1);
  return {
    id,
    owner,
    run,
    startedAt: formatInstant(startedAt),
    due: due === null ? null : formatInstant(due),
    paused: pauses.some(({ to }) => to === null),
    limit,
    provisional,
    light: light(at, firstWarning ?? null, due),
    levels: levels.map((reached, index) => ({
      level: index + 1,
      at: reached === null ? null : formatInstant(reached),
      kind: index === levels.length - 1 ? 'due' : 'warning',
      recorded: index < level,
    })),
  };
}
