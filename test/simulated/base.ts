import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { officeId } from '../../domain/ids.ts';
import { parseInstant } from '../../domain/time.ts';
import { loadSample } from '../../prisma/sample/load.ts';
import { loadOfficeKey, type OfficeKey } from '../../record/seal.ts';
import { SIMULATION_START } from '../support/constants.ts';
import { onMachine } from './machine.ts';
import { Database } from './postgres/server.ts';
import { type Committed, copyOf, emptyTables } from './postgres/store.ts';
import { randomOf } from './random.ts';
import { processOf, Scheduler } from './scheduler.ts';

export const START: number = parseInstant(SIMULATION_START);

export const undisturbed = { strike: (): undefined => undefined };

/** The sample office, loaded once by the product's own loader; every run begins with a copy. */
export interface Base {
  tables: Committed;
  key: OfficeKey;
}

let made: Promise<Base> | undefined;

export async function sampleBase(): Promise<Base> {
  made ??= load();
  const { tables, key } = await made;
  return { tables: copyOf(tables), key };
}

async function load(): Promise<Base> {
  return await onMachine(1, async () => {
    const scheduler = new Scheduler(START, randomOf(1), undisturbed);
    scheduler.yields = 0;
    const tables = emptyTables();
    const database = new Database(scheduler, tables, { base: START, realBase: START, scale: 1 });
    const keyDir = await mkdtemp(join(tmpdir(), 'four-lists-simulated-'));
    try {
      await loadSample(database.poolFor(processOf('loader')), keyDir, () => '');
      return { tables, key: await loadOfficeKey(keyDir, officeId('YX')) };
    } finally {
      await rm(keyDir, { recursive: true, force: true });
    }
  });
}
