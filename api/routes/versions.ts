import type { z } from 'zod';
import { validateCatalogue } from '../../domain/catalogue.ts';
import { type Calendar, validateCalendar } from '../../domain/clock/calendar.ts';
import { type DraftOutcome, PUBLISHERS } from '../../domain/draft.ts';
import type { Text } from '../../domain/process/definition.ts';
import { askDraft, type Content, decideDraft, findDraft } from '../../record/drafts.ts';
import { withOffice } from '../../record/office.ts';
import type { OfficeChange } from '../../record/people/change.ts';
import {
  AskCalendar,
  AskCatalogue,
  Calendars,
  CalendarView,
  Catalogues,
  CatalogueView,
  DraftContent,
  DraftPath,
  DraftView,
  VersionPath,
} from '../contract/versions.ts';
import type { Deps } from '../deps.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { Problem } from '../problem.ts';
import {
  listCalendars,
  listCatalogues,
  readCalendar,
  readCatalogue,
  viewDraft,
  viewDraftContent,
} from '../queries/versions.ts';
import { change } from './change.ts';
import type { App } from './command-route.ts';
import { withGrant } from './with-grant.ts';

/** Calendars and catalogues: read by everybody of the office, asked for by one person, published by another. */
export function versions(app: App, deps: Deps): void {
  const { pool } = deps;

  app.get('/v1/calendars', { schema: calendarsSchema }, async (request) => {
    const { office } = await withGrant(pool, sessionOf(request));
    return await withOffice(pool, office, listCalendars);
  });
  app.get('/v1/calendars/:version', { schema: calendarSchema }, async (request) => {
    const { office } = await withGrant(pool, sessionOf(request));
    return await withOffice(pool, office, async (tx) => await readCalendar(tx, request.params.version));
  });
  app.post('/v1/calendars', { schema: askCalendarSchema }, async (request, reply) => {
    const version = calendarFrom(request.body);
    requireValid(validateCalendar(version));
    const wanted = { name: 'ask-calendar', roles: PUBLISHERS };
    const draft = await change(deps, sessionOf(request), wanted, asking({ kind: 'calendar', version }));
    return await reply.code(201).header('location', `/v1/drafts/${draft.id}`).send(viewDraft(draft));
  });

  app.get('/v1/catalogues', { schema: cataloguesSchema }, async (request) => {
    const { office } = await withGrant(pool, sessionOf(request));
    return await withOffice(pool, office, listCatalogues);
  });
  app.get('/v1/catalogues/:version', { schema: catalogueSchema }, async (request) => {
    const { office } = await withGrant(pool, sessionOf(request));
    return await withOffice(pool, office, async (tx) => await readCatalogue(tx, request.params.version));
  });
  app.post('/v1/catalogues', { schema: askCatalogueSchema }, async (request, reply) => {
    const { base, ...content } = request.body;
    const version = { version: base + 1, ...content };
    requireValid(validateCatalogue(version));
    const wanted = { name: 'ask-catalogue', roles: PUBLISHERS };
    const draft = await change(deps, sessionOf(request), wanted, asking({ kind: 'catalogue', version }));
    return await reply.code(201).header('location', `/v1/drafts/${draft.id}`).send(viewDraft(draft));
  });
}

/** What waits for a second person, and that person's word on it. */
export function drafts(app: App, deps: Deps): void {
  app.get('/v1/drafts/:id', { schema: draftSchema }, async (request) => {
    const { office } = await withGrant(deps.pool, sessionOf(request));
    const found = await withOffice(deps.pool, office, async (tx) => await findDraft(tx, request.params.id));
    if (!found) throw new Problem('draft-not-found');
    return viewDraftContent(found.draft, found.content);
  });
  app.post('/v1/drafts/:id/publish', { schema: publishSchema }, async (request) => {
    const wanted = { name: 'publish-draft', roles: PUBLISHERS };
    return viewDraft(await change(deps, sessionOf(request), wanted, deciding(request.params.id, 'published')));
  });
  app.post('/v1/drafts/:id/refuse', { schema: refuseSchema }, async (request) => {
    const wanted = { name: 'refuse-draft', roles: PUBLISHERS };
    return viewDraft(await change(deps, sessionOf(request), wanted, deciding(request.params.id, 'refused')));
  });
}

const asking =
  (content: Content) =>
  async (office: OfficeChange): ReturnType<typeof askDraft> =>
    await askDraft(office, content);

const deciding =
  (id: string, outcome: DraftOutcome) =>
  async (office: OfficeChange): ReturnType<typeof decideDraft> => {
    const found = await findDraft(office.tx, id);
    if (!found) throw new Problem('draft-not-found');
    return await decideDraft(office, found, outcome);
  };

function calendarFrom({ base, hours, years }: z.output<typeof AskCalendar>): Calendar {
  const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
  return { version: base + 1, hours: hours.map(({ from, to }) => ({ from: minutes(from), to: minutes(to) })), years };
}

/** @throws Problem with every sentence, in the caller's language */
function requireValid(problems: Text[]): void {
  if (problems.length === 0) return;
  const errors = problems.map((message) => ({ in: 'body' as const, pointer: '', code: 'draft-invalid', message }));
  throw new Problem('draft-invalid', { errors: errors.slice(0, MOST_ERRORS) });
}
const MOST_ERRORS = 50;

const office = { tags: ['office'], security: signedIn };
const calendarsSchema = {
  ...office,
  summary: '日历各版本 / versions of the calendar, what is in force, what waits',
  response: { 200: Calendars, ...problemsOf(401, 403, 503) },
};
const calendarSchema = {
  ...office,
  summary: '查看一版日历 / one version of the calendar',
  params: VersionPath,
  response: { 200: CalendarView, ...problemsOf(400, 401, 403, 404, 503) },
};
const askCalendarSchema = {
  ...office,
  summary: '申请发布日历 / ask for a version of the calendar to be published',
  body: AskCalendar,
  response: { 201: DraftView, ...problemsOf(400, 401, 403, 409, 413, 415, 422, 503) },
};
const cataloguesSchema = {
  ...office,
  summary: '派单目录各版本 / versions of the dispatch catalogue, what is in force, what waits',
  response: { 200: Catalogues, ...problemsOf(401, 403, 503) },
};
const catalogueSchema = {
  ...office,
  summary: '查看一版派单目录 / one version of the dispatch catalogue',
  params: VersionPath,
  response: { 200: CatalogueView, ...problemsOf(400, 401, 403, 404, 503) },
};
const askCatalogueSchema = {
  ...office,
  summary: '申请发布派单目录 / ask for a version of the dispatch catalogue to be published',
  body: AskCatalogue,
  response: { 201: DraftView, ...problemsOf(400, 401, 403, 409, 413, 415, 422, 503) },
};
const one = { ...office, params: DraftPath };
const draftSchema = {
  ...one,
  summary: '查看草案 / a draft and what it says',
  response: { 200: DraftContent, ...problemsOf(400, 401, 403, 404, 503) },
};
const decided = { 200: DraftView, ...problemsOf(400, 401, 403, 404, 409, 503) };
const publishSchema = {
  ...one,
  summary: '发布草案，须另一人 / publish: by another person than the one who asked',
  response: decided,
};
const refuseSchema = {
  ...one,
  summary: '不予发布 / refuse: by another person than the one who asked',
  response: decided,
};
