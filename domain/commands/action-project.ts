import type { Evidence } from './demand-list.ts';

/** What shows that the work was done; the files themselves are known by their SHA-256. */
export interface HandInPayload {
  evidence: Evidence[];
}
