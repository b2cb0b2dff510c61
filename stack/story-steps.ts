import type { CommandName } from '../domain/commands/vocabulary.ts';
import { type Photo, photoOf } from './photo.ts';

/** What a person does next, and the moves that the workflow then makes by itself. */
export interface Step {
  /** An account; or the duty for which somebody was drawn by lot. */
  by: string | { drawn: string };
  command: CommandName;
  body: object;
  moves: CommandName[];
  /** What is brought before, because the step names it. */
  brings?: { name: string; photo: Photo };
}

const lit = photoOf('stairs, lit, at night');

/** D01 of the sample office: the stair lights of Qinglian building 3. */
export const steps: readonly Step[] = [
  {
    by: 'grid1',
    command: 'submit',
    body: {
      channel: 'grid',
      kind: 'help',
      area: 'QL-G1',
      peopleAffected: 72,
      title: '青莲3栋楼道灯全坏',
      words: '3栋从一楼到六楼的灯都不亮，晚上老人上下楼看不见。希望尽快来修。',
      place: '青莲社区3栋',
      reporterName: '张某某',
      reporterPhone: '13800001234',
    },
    moves: [],
  },
  {
    by: 'intake1',
    command: 'register',
    body: {
      category: 'municipal',
      urgency: 'ordinary',
      limit: { kind: 'work_day', amount: 2 },
      skills: ['electrical'],
      needs: [{ id: 'lamps', kind: 'goods', unit: 'piece', amount: 20 }],
    },
    moves: ['start-matching'],
  },
  { by: 'match1', command: 'reserve', body: { need: 'lamps', resource: 'R05', amount: 20 }, moves: [] },
  { by: 'dispatch1', command: 'assign', body: { team: 'T03' }, moves: ['dispatch'] },
  { by: 'clerk1', command: 'sign', body: {}, moves: [] },
  { by: 'case1', command: 'contact', body: { means: 'phone', note: '约定今晚上门。' }, moves: ['start-work'] },
  {
    by: 'case1',
    command: 'hand-in',
    body: { evidence: [{ kind: 'photo', sha256: lit.sha256 }], result: '一次上门全部更换，夜间亮灯照片为证。' },
    moves: ['draw-check'],
    brings: { name: '青莲3栋楼道夜间.jpg', photo: lit },
  },
  { by: { drawn: 'checker' }, command: 'check', body: { outcome: 'pass' }, moves: ['draw-call-back'] },
  {
    by: { drawn: 'caller' },
    command: 'call-back',
    body: { reached: 'reached', solved: 'yes', satisfied: 'very' },
    moves: ['submit-review'],
  },
  { by: 'review1', command: 'review', body: { closureType: 'solved' }, moves: ['release'] },
];
