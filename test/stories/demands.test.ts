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
/** What becomes of a demand here: it goes as usual with this team, this file tells it, or it waits for something. */
type Told = { by: string; team: string } | { in: string } | { waits: string };

/** Each of the sample's demands, to its expected outcome. */
const told: Readonly<Record<string, Told>> = {
  D01: { by: 'grid1', team: 'T03' },
  D02: { waits: PROJECT },
  D03: { waits: PROJECT },
  D04: { waits: PROJECT },
  D05: { waits: PROJECT },
  D06: { in: 'team-assignment' },
  D07: { by: 'intake1', team: 'T08' },
  D08: { waits: PROJECT },
  D09: { waits: PROJECT },
  D10: { waits: PROJECT },
  D11: { by: 'intake2', team: 'T09' },
  D12: { in: 'closure-review' },
  D13: { in: 'demand-list' },
  D14: { by: 'intake1', team: 'T12' },
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
      expect(stories).toContain(`endsAs('${code}')`);
    }
});

const registeredAt = (code: string): number => Date.parse(sample(code).registeredAt);
const usual = Object.entries(told)
  .flatMap(([code, how]) => ('team' in how ? [[code, how] as const] : []))
  .toSorted(([one], [other]) => registeredAt(one) - registeredAt(other)); // an office's time never goes back
test.for(usual)('%s goes from the registration to its end as usual', async ([code, { by, team }]) => {
  await story.until(sample(code).registeredAt);
  const demand = await story.brings(by, code);
  await story.work(demand, code, team);
  await story.close(demand);
  await demand.endsAs(code);
});

test('D24: a benefit that was stopped; withdrawn under doubt, reopened, and paid again', async () => {
  const benefit = await story.brings('reporter1', 'D24');
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
  await benefit.endsAs('D24');
  expect(await benefit.view()).toMatchObject({ episode: 2 });
});
