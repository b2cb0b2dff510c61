import { expect, test } from 'vitest';
import { percentiles } from '../../bench/percentiles.ts';

test('percentiles are the nearest rank, whatever the order', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(percentiles(hundred)).toEqual({ p50: 50, p95: 95, p99: 99, count: 100 });
  expect(percentiles([7.123])).toEqual({ p50: 7.12, p95: 7.12, p99: 7.12, count: 1 });
  expect(percentiles([])).toEqual({ p50: null, p95: null, p99: null, count: 0 });
});
