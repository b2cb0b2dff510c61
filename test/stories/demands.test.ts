import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codes, photo, sample, startTelling, type Teller } from './teller.ts';

let story: Teller;
beforeAll(async () => {
  story = await startTelling();
});
afterAll(async () => {
  await story.end();
});

const PROJECT = 'its end is a project’s: projects are to come';
/** Each of the sample's demands: the file that tells it to its expected outcome, or what it waits for. */
const told: Readonly<Record<string, { in: string } | { waits: string }>> = {
  D01: { in: 'demands' },
  D02: { waits: PROJECT },
  D03: { waits: PROJECT },
  D04: { waits: PROJECT },
  D05: { waits: PROJECT },
  D06: { in: 'team-assignment' },
  D07: { in: 'demands' },
  D08: { waits: PROJECT },
  D09: { waits: PROJECT },
  D10: { waits: PROJECT },
  D11: { in: 'demands' },
  D12: { in: 'closure-review' },
  D13: { in: 'demand-list' },
  D14: { in: 'demands' },
  D15: { waits: 'a wish, whose own process is to come' },
  D16: { waits: PROJECT },
  D17: { waits: 'every look at it is logged: the read log is to come' },
  D18: { in: 'closure-review' },
  D19: { waits: PROJECT },
  D20: { waits: PROJECT },
  D21: { waits: '120 like reports are merged at once: bulk is to come' },
  D22: { waits: PROJECT },
  D23: { waits: PROJECT },
  D24: { in: 'demands' },
  D25: { in: 'demand-list' },
};

test('every demand of the sample office is told, or it is said what it waits for', () => {
  expect(Object.keys(told)).toEqual(codes);
  for (const [code, where] of Object.entries(told))
    if ('in' in where) {
      const stories = readFileSync(new URL(`./${where.in}.test.ts`, import.meta.url), 'utf8');
      expect(stories).toMatch(new RegExp(`test\\('${code}:`));
    }
});

/** The story's time goes on to when the demand was registered. */
async function brought(code: string, who: string, more: object = {}): Promise<Awaited<ReturnType<Teller['brings']>>> {
  await story.until(sample(code).registeredAt);
  return await story.brings(who, code, more);
}

test('D01: one visit, and the whole stock of lamps', async () => {
  const stairs = await brought('D01', 'grid1');
  await story.work(stairs, 'D01');
  await story.close(stairs);
});

test('D07: the fumes that were complained of last year', async () => {
  const fumes = await brought('D07', 'intake1');
  await story.work(fumes, 'D07', 'T08');
  await story.close(fumes);
});

test('D24: a benefit that was stopped; withdrawn under doubt, reopened, and paid again', async () => {
  const benefit = await brought('D24', 'reporter1');
  await story.begin(benefit, 'D24', 'T01');
  await benefit.do('intake1', 'withdraw', { voluntary: 'in_doubt', reason: '来电说不用办了，语气犹豫。' });
  await benefit.expect('withdrawn');
  await benefit.follows('release');
  await benefit.do('inspect1', 'reopen', { reason: '回访得知并非自愿。' });
  await benefit.do('supervise1', 'grant', await benefit.asked());
  await benefit.expect('matching');
  await benefit.do('dispatch1', 'assign', { team: 'T01' });
  await benefit.expect('dispatched');
  await benefit.do('clerk3', 'sign');
  await benefit.do('case3', 'contact', { means: 'visit' });
  await benefit.expect('in_progress');
  await benefit.do('case3', 'hand-in', { evidence: [photo], result: '重新核算后恢复。' });
  await benefit.expect('checking');
  await story.close(benefit);
  expect(await benefit.view()).toMatchObject({ episode: 2 });
});

test('D14: somebody who lives alone has stopped taking medicine, on a weekend night', async () => {
  const resident = await brought('D14', 'intake1');
  await story.work(resident, 'D14', 'T12');
  await story.close(resident);
});

test('D11: nine workers without wages before the holiday', async () => {
  const wages = await brought('D11', 'intake2');
  await story.work(wages, 'D11', 'T09');
  await story.close(wages);
});
