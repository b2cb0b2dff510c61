import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { type Depot, receive } from '../../../api/files/receive.ts';
import { CHUNK } from '../../../record/files.ts';
import { jpegOf } from '../../support/files.ts';

const STEP = 64 * 1024;

/** How much of a file was taken from its sender and not yet given away, at the worst moment. */
async function mostHeld(bytes: Buffer): Promise<{ most: number; pieces: number[] }> {
  let [taken, kept, most] = [0, 0, 0];
  const pieces: number[] = [];
  const body = new Readable({
    highWaterMark: STEP,
    read() {
      const next = bytes.subarray(taken, taken + STEP);
      taken += next.length;
      most = Math.max(most, taken - kept);
      this.push(next.length > 0 ? next : null);
    },
  });
  const depot: Depot = {
    begin: async () => 'content',
    async keep(_content, _n, piece) {
      await new Promise((done) => setTimeout(done, 1)); // a database takes its time, and the sender has to wait
      kept += piece.length;
      pieces.push(piece.length);
    },
    drop: async () => undefined,
  };
  const { size } = await receive(body, undefined, depot);
  expect([size, kept]).toEqual([bytes.length, bytes.length]);
  return { most, pieces };
}

test('of a file of 20 MiB no more is held than a piece and what is on its way', async () => {
  const { most, pieces } = await mostHeld(jpegOf(20 * 1024 * 1024));
  expect(most).toBeLessThanOrEqual(CHUNK + 4 * STEP);
  expect(new Set(pieces)).toEqual(new Set([CHUNK]));
});

test('what is wrong at the very end takes everything back that was kept before', async () => {
  const dropped: string[] = [];
  const depot: Depot = {
    begin: async () => 'content',
    keep: async () => undefined,
    drop: async (content) => void dropped.push(content),
  };
  const body = Readable.from([jpegOf(1_000_000).subarray(0, -2)]);
  await expect(receive(body, undefined, depot)).rejects.toMatchObject({ code: 'file-damaged' });
  expect(dropped).toEqual(['content']);
});
