import type { Text } from '../../domain/process/definition.ts';

/** What an answer with this code is told as: its HTTP status, and a sentence in which `{name}` is filled in. */
export interface Word extends Text {
  status: number;
}

export const word = (status: number, zh: string, en: string): Word => ({ status, zh, en });
