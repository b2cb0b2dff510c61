import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { expect } from 'vitest';
import { runLoops } from '../../background/loops.ts';
import { wake } from '../../background/wake.ts';
import type { PersonCommand } from '../../api/contract/command.ts';
import { type CommandName, commandNames, commands } from '../../domain/commands/vocabulary.ts';
import type { Definition, Stage } from '../../domain/process/definition.ts';
import type { RefusalCode } from '../../domain/refusals.ts';
import { bring, EVIDENCE } from '../api/cases.ts';
import { type Api, createApi } from '../api/harness.ts';
import { namesPhoto } from '../support/people.ts';
import { violations } from '../support/invariants.ts';
import { CODE, drive, eventually } from '../workflows/driving.ts';

/** One of the sample office's demands, as far as a story needs it. */
interface Sample {
  code: string;
  title: { zh: string };
  category: { code: string };
  urgency: string;
  channel: string;
  kind: string;
  grid: string | null;
  place: string | null;
  peopleAffected: number | null;
  originalWords: string;
  limit: { kind: string; amount: number };
  registeredAt: string;
  needs: { skills: string[]; amounts: { resource: string; amount: number }[] };
  outcome: { state: string; closureType?: string | null };
}

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../prisma/${path}`, import.meta.url), 'utf8'));
const demands = read('sample/demands.json') as Sample[]; // their shape is tested in ../prisma
const resources = read('sample/resources.json') as { code: string; kind: string; capacity: { unit: string } }[]; // as above
const definition = read('definitions/order.json') as Definition; // as above

/** Of all the sample's demands, in order. */
export const codes = demands.map(({ code }) => code);

export function sample(code: string): Sample {
  const found = demands.find((demand) => demand.code === code);
  if (!found) throw new Error(`the sample office has no demand ${code}`);
  return found;
}

/** What intake enters for one of the sample's demands, needs by the code of their resource. */
export function registration(code: string): object {
  const { category, urgency, limit, needs } = sample(code);
  return {
    category: category.code,
    urgency,
    limit,
    skills: needs.skills,
    needs: needs.amounts.map(({ resource, amount }) => {
      const thing = resources.find((one) => one.code === resource);
      if (!thing) throw new Error(`the sample office has no resource ${resource}`);
      return { id: resource.toLowerCase(), kind: thing.kind, unit: thing.capacity.unit, amount };
    }),
  };
}

export const [photo] = EVIDENCE;

interface View {
  rev: number;
  state: { id: string };
  texts: Record<string, string>;
  fields: Record<string, string | number>;
  labels: { code: string }[];
  drawn: { user: string; duty: string }[];
  requests: { id: string; command: string }[];
  reservations: { id: string; confirmed: boolean }[];
  clocks: { id: string; due: string | null }[];
  parts: string[];
  absorbed: string[];
  tasks: { id: string }[];
  milestones: { id: string; evidence: string[]; reached: boolean }[];
  episode: number;
}

/** A case as people speak of it. */
export interface Told {
  id: string;
  /** Somebody does something; the story ends when they may not. */
  do(who: string, command: PersonCommand, body?: object): Promise<void>;
  /** Somebody tries what cannot be done. */
  refused(who: string, command: PersonCommand, body: object, code: RefusalCode): Promise<void>;
  /** Where the case comes to by what the system does about it. */
  expect(state: string): Promise<void>;
  view(): Promise<View>;
  /** As the sample says that this demand ends. */
  endsAs(code: string): Promise<void>;
  /** The system has done this, last of all. */
  follows(command: CommandName): Promise<void>;
  /** Each of the catalogue's milestones, with what it asks for. */
  reachesMilestones(who: string): Promise<void>;
  /** On whom the lot fell. */
  drawn(duty: string): Promise<string>;
  /** The request that waits for a decision. */
  asked(): Promise<{ request: string }>;
  history(): Promise<string[]>;
}

export interface Teller {
  /** A demand reaches the office in these words. */
  brings(who: string, code: string, more?: object): Promise<Told>;
  /** One that another case's record begins. */
  born(from: Told, field: 'splitOf' | 'remainderOf'): Promise<Told[]>;
  /** From the registration to the hand-in, as it goes when nothing goes wrong; no team: the catalogue names it. */
  work(told: Told, code: string, team?: string | null): Promise<void>;
  /** From the registration to the work itself, in the same way. */
  begin(told: Told, code: string, team?: string | null): Promise<void>;
  /** From the check to the end, to everybody's content. */
  close(told: Told): Promise<void>;
  /** The office's time goes on until then, with everything that falls due on the way. */
  until(time: string): Promise<void>;
  days(days: number): Promise<void>;
  now(): Promise<string>;
  /** Somebody gets a role for a unit. */
  appoints(who: string, role: string, unit: string): Promise<void>;
  api: Api;
  /** Commands given and states seen in this file. */
  walked: { commands: Set<string>; states: Set<string> };
  end(): Promise<void>;
}

/** An office in a simulation, its workflows on a real server, its people at the api. */
export async function startTelling(): Promise<Teller> {
  const driving = await drive({ simulation: true });
  const stop = new AbortController();
  const deps = { loops: driving.db.background, store: driving.db.store, client: driving.client, code: CODE };
  const loops = runLoops({ ...deps, logger: pino({ level: 'silent' }), signal: stop.signal }, { everyMs: 100 });
  const api = await createApi({ db: driving.db });
  api.onWake = (office, item) => void wake(driving.client, { office, item }).catch(() => undefined);
  const walked = { commands: new Set<string>(['submit']), states: new Set<string>(['draft']) };
  const told = (id: string): Told => caseOf(api, walked, id);
  const teller: Teller = {
    api,
    walked,
    async brings(who, code, more = {}) {
      const { channel, kind, grid, peopleAffected, title, originalWords, place } = sample(code);
      const body = {
        channel,
        kind,
        area: grid ?? 'YX',
        peopleAffected: peopleAffected ?? 1,
        title: title.zh,
        words: originalWords,
        ...(place === null ? {} : { place }),
        ...more,
      };
      const answer = await api.post(who, '/v1/cases', body, { 'idempotency-key': randomUUID() });
      expect([answer.statusCode, answer.statusCode === 201 ? '' : answer.body]).toEqual([201, '']);
      walked.states.add('submitted');
      return told(answer.json<{ id: string }>().id);
    },
    async born(from, field) {
      const find = async (): Promise<string[]> => {
        const { rows } = await api.db.admin.query<{ id: string }>(
          'SELECT id FROM item WHERE state->$2->>$3 = $1 ORDER BY code',
          [from.id, 'fields', field],
        );
        return rows.map(({ id }) => id);
      };
      return (await eventually(find, (ids) => ids.length > 0)).map(told);
    },
    async work(item, code, team = 'T03') {
      await teller.begin(item, code, team);
      await item.reachesMilestones('case3');
      await item.do('case3', 'hand-in', { evidence: [photo], result: '已办理' });
      await item.expect('checking');
    },
    async begin(item, code, team = 'T03') {
      await item.do('intake1', 'register', registration(code));
      if (team !== null) await item.expect('matching');
      for (const { resource, amount } of sample(code).needs.amounts)
        await item.do('match1', 'reserve', { need: resource.toLowerCase(), resource, amount });
      if (team !== null) await item.do('dispatch1', 'assign', { team });
      await item.expect('dispatched');
      await item.do('clerk3', 'sign');
      await item.do('case3', 'contact', { means: 'phone' });
      await item.expect('in_progress');
    },
    async close(item) {
      await item.do(await item.drawn('checker'), 'check', { outcome: 'pass' });
      await item.expect('callback');
      const answer = { reached: 'reached', solved: 'yes', satisfied: 'very' };
      await item.do(await item.drawn('caller'), 'call-back', answer);
      await item.expect('closure_review');
      await item.do('review1', 'review', { closureType: 'solved' });
      await item.expect('closed');
    },
    async until(time) {
      const answer = await api.post('sysadmin1', '/v1/simulation/advance', { to: time });
      expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
    },
    async days(days) {
      const now = Date.parse(await teller.now());
      await teller.until(new Date(now + days * 86_400_000).toISOString());
    },
    now: async () => (await api.get('audit1', '/v1/me')).json<{ now: string }>().now,
    async appoints(who, role, unit) {
      await api.db.admin.query(
        `INSERT INTO role_grant (office_id, id, user_id, role, unit_id, valid_from, valid_to) VALUES ('YX', $1, $2, $3, $4, '2026-01-01', NULL)`,
        [`${who}.${role}.${unit}`, who, role, unit],
      );
    },
    async end() {
      stop.abort();
      await loops;
      expect(await violations(api.db.admin)).toEqual([]);
      await api.end();
      await driving.end();
    },
  };
  return teller;
}

function caseOf(api: Api, walked: Teller['walked'], id: string): Told {
  const view = async (who = 'audit1'): Promise<View> => {
    const answer = await api.get(who, `/v1/cases/${id}`);
    if (answer.statusCode !== 200) throw new Error(answer.body);
    const seen = answer.json<View>();
    walked.states.add(seen.state.id);
    return seen;
  };
  /** Whoever is told that the page is old looks again and then decides the same. */
  const give = async (who: string, command: PersonCommand, body?: object): Promise<LightMyRequestResponse> => {
    if (body && namesPhoto(body)) await bring(api, who, id);
    for (let looks = 1; ; looks += 1) {
      const { rev } = await view();
      const headers = { 'idempotency-key': randomUUID(), 'if-match': `"${rev}"` };
      const answer = await api.post(who, `/v1/cases/${id}/${command}`, body, headers);
      if (answer.statusCode !== 412 || looks === 5) return answer;
    }
  };
  return {
    id,
    view,
    async do(who, command, body) {
      const answer = await give(who, command, body);
      expect([command, answer.statusCode === 200 ? '' : answer.body]).toEqual([command, '']);
      walked.commands.add(command);
      walked.states.add(answer.json<{ state: string }>().state);
    },
    async refused(who, command, body, code) {
      const answer = await give(who, command, body);
      expect([command, answer.json<{ code: string }>().code]).toEqual([command, code]);
    },
    async expect(state) {
      await eventually(view, (seen) => seen.state.id === state);
      for (const type of await this.history()) walked.commands.add(type);
    },
    async endsAs(code) {
      const { state, closureType } = sample(code).outcome;
      await this.expect(state);
      expect((await view()).fields['closureType']).toBe(closureType ?? undefined);
    },
    async follows(command) {
      await eventually(
        async () => await this.history(),
        (types) => types.at(-1) === command,
      );
      walked.commands.add(command);
    },
    async reachesMilestones(who) {
      for (const { id: milestone, evidence } of (await view()).milestones.filter(({ reached }) => !reached))
        await this.do(who, 'report-progress', { milestone, evidence: evidence.map((kind) => ({ ...photo, kind })) });
    },
    async drawn(duty) {
      const found = (await view()).drawn.findLast((one) => one.duty === duty);
      if (!found) throw new Error(`nobody was drawn as ${duty}`);
      return found.user;
    },
    async asked() {
      const [open] = (await view()).requests;
      if (!open) throw new Error('nothing is asked');
      return { request: open.id };
    },
    async history() {
      const { items } = (await api.get('audit1', `/v1/cases/${id}/history`)).json<{ items: { type: string }[] }>();
      return items.map(({ type }) => type);
    },
  };
}

/** What no story of this stage has walked yet: its commands and its states. */
export function notWalked({ walked }: Teller, stage: Stage): { commands: CommandName[]; states: string[] } {
  const states = definition.states.filter((state) => state.stage === stage).map(({ id }) => id);
  return {
    commands: commandNames.filter((name) => commands[name].stage === stage && !walked.commands.has(name)),
    states: states.filter((id) => !walked.states.has(id)),
  };
}
