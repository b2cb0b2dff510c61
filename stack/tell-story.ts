import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type Stage, stages, type Text } from '../domain/process/definition.ts';
import { itemId, officeId } from '../domain/ids.ts';
import { stageNames } from '../api/words/progress.ts';
import type { SampleLogin } from '../prisma/sample/load.ts';
import { workflowId } from '../workflows/messages.ts';
import { people, places } from './sample-office.ts';
import type { StackInfo } from './stack-info.ts';
import type { Answer, CaseBody, RecordBody } from './story-client.ts';
import { type Walked, walkStory } from './walk-story.ts';

/** What `npm run story -- --json` prints. */
export interface StoryResult {
  case: string;
  stages: Stage[];
  /** Records by people. */
  steps: number;
  /** Records by the workflow. */
  moves: number;
  /** Length of the Temporal history, all runs together. */
  events: number;
  seconds: number;
  chain: 'intact';
}

interface Story {
  info: StackInfo;
  logins: SampleLogin[];
}

/** What a record of the story says, after who did it. */
const sentences: Record<string, Text> = {
  submit: {
    zh: '提交诉求：青莲3栋楼道灯全坏，涉及72人',
    en: 'brings in a demand: all stair lights of Qinglian building 3 are out, 72 people',
  },
  register: {
    zh: '受理立案：市政设施，2个工作日，需要灯具20件、电工',
    en: 'registers it: municipal, 2 working days; needed are 20 lamps and an electrician',
  },
  'start-matching': {
    zh: '找到候选资源和队伍，进入资源匹配',
    en: 'finds resources and teams, and starts the matching',
  },
  reserve: { zh: '预留楼道灯具20件', en: 'reserves 20 stairway lamps' },
  assign: { zh: '指定应急维修队', en: 'assigns the emergency repair team' },
  dispatch: {
    zh: '派单给队伍所在单位，办理时限开始',
    en: 'dispatches the order to the unit of the team; the clock starts',
  },
  sign: { zh: '签收', en: 'signs for it' },
  contact: { zh: '电话联系诉求人，约定上门', en: 'calls the resident and agrees on a visit' },
  'start-work': { zh: '转入办理', en: 'starts the work' },
  'hand-in': { zh: '办结报核：全部更换，附亮灯照片', en: 'hands in the result: all lamps replaced, with a photo' },
  'draw-check': { zh: '随机抽取核查员', en: 'draws an inspector by lot' },
  check: { zh: '现场核查：通过', en: 'checks on the spot: passed' },
  'draw-call-back': { zh: '随机抽取回访员', en: 'draws somebody by lot to call back' },
  'call-back': { zh: '回访：已解决，非常满意', en: 'calls back: solved, very satisfied' },
  'submit-review': { zh: '提交结案评审', en: 'submits it for the closure review' },
  review: { zh: '评审通过，结案：已解决', en: 'reviews and closes it: solved' },
  release: { zh: '释放资源和队伍', en: 'releases what was held' },
};

/** Walks the story, told in sentences. @throws StoryError as `walkStory` */
export async function tellStory({ info, logins }: Story, say: (line: string) => void): Promise<StoryResult> {
  let stage: Stage | undefined;
  const tell = (record: RecordBody, view: CaseBody): void => {
    const at = stageOf(record, view);
    if (at !== stage) say(`\n── ${stages.indexOf(at) + 1} ${stageNames[at].zh} · ${stageNames[at].en}`);
    stage = at;
    say(sentence(record));
  };
  const hand = ({ number, progress, hash }: NonNullable<Answer['receipt']>): void => {
    say(`\n回执 · receipt   ${number}   进度码 · progress code ${progress}`);
    say(`                首条记录 · first record ${hash}`);
  };
  const walked = await walkStory({ api: info.api, logins, tell, hand });
  const { code, records, progress } = walked;
  const result = await conclude(walked, info);
  say(`\n历史 · history of ${code}`);
  for (const { seq, type, from, to, hash } of records)
    say(
      `  ${String(seq).padStart(2)}  ${type.padEnd(15)} ${(from ?? '').padEnd(15)} → ${to.padEnd(15)} ${hash.slice(0, 16)}…`,
    );
  const { state, next } = progress;
  say(`\n凭进度码，无需登录 · with the progress code, signed in as nobody`);
  say(`  ${state.title.zh} · ${state.title.en}: ${next.zh} · ${next.en}`);
  say(`  ${progress.records} 条记录，最后一条 · records, the last one ${progress.hash.slice(0, 16)}…\n`);
  const { steps, moves, events, seconds } = result;
  say(`\n${steps} 步由人完成，${moves} 步由流程完成，${events} 个流程事件，${seconds} 秒`);
  say(`${steps} steps by people, ${moves} moves by the workflow, ${events} Temporal events, ${seconds} s`);
  say('记录链完整 · chain intact\n');
  return result;
}

/** The same without words. */
export async function walkSilently({ info, logins }: Story): Promise<StoryResult> {
  return await conclude(await walkStory({ api: info.api, logins }), info);
}

/** The stage that the record's own state lies in; the view may be further on already. */
function stageOf({ to }: RecordBody, view: CaseBody): Stage {
  return places.find(({ id }) => id === to)?.stage ?? view.stage;
}

const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Shanghai',
  timeStyle: 'medium',
});

function sentence({ at, type, title, actor }: RecordBody): string {
  const time = clock.format(new Date(at));
  const { zh, en } = sentences[type] ?? title;
  if (actor.role === 'system') return `${time}  流程${zh}\n          The workflow ${en}`;
  const [role, name] = [people.role(actor.role), people.name(actor.id)];
  const [briefly] = role.zh.split('/'); // 网格员/信息采集员
  return `${time}  ${briefly}${name.zh}${zh}\n          ${role.en} ${name.en} ${en}`;
}

async function conclude(walked: Walked, { temporal }: StackInfo): Promise<StoryResult> {
  const { id, office, stages: visited, steps, moves, seconds } = walked;
  const events = await historyLength(temporal, workflowId({ office: officeId(office), item: itemId(id) }));
  return { case: id, stages: visited, steps, moves, events, seconds, chain: 'intact' };
}

/** Counted when the last run has ended, or rests for as long as we care to wait. */
async function historyLength({ address, namespace }: StackInfo['temporal'], id: string): Promise<number> {
  const connection = await Connection.connect({ address });
  try {
    const { workflow } = new Client({ connection, namespace });
    for (let tries = 0; tries < 30; tries += 1) {
      if ((await workflow.getHandle(id).describe()).status.name !== 'RUNNING') break;
      await sleep(100);
    }
    let events = 0;
    for await (const run of workflow.list({ query: `WorkflowId = "${id}"` }))
      events += (await workflow.getHandle(id, run.runId).describe()).historyLength;
    return events;
  } finally {
    await connection.close();
  }
}
