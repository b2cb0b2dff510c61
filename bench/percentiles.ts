/** Milliseconds; null where nothing was seen. */
export interface Percentiles {
  p50: number | null;
  p95: number | null;
  p99: number | null;
  count: number;
}

/** Nearest rank: the smallest value that as large a share of all does not exceed. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number | null => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    return value === undefined ? null : rounded(value);
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: sorted.length };
}

/** Two digits behind the point: more than any of these figures is worth. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;
