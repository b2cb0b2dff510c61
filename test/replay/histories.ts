import { readFileSync } from 'node:fs';
import { type LifeName, lives } from '../workflows/lives.ts';
import type { Stand } from './replaying.ts';

/** One life as it was recorded: every run of its workflow, as proto3 JSON, and what the records say of each revision. */
export interface RecordedLife {
  workflowId: string;
  records: Stand[];
  runs: unknown[];
}

export const lifeNames = Object.keys(lives) as LifeName[];

export function fileOf(name: LifeName): URL {
  return new URL(`${name}.json`, import.meta.url);
}

export function readLife(name: LifeName): RecordedLife {
  return JSON.parse(readFileSync(fileOf(name), 'utf8')) as RecordedLife; // written by record.ts
}
