import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { fileTypes } from '../../domain/files.ts';
import { hash, type ItemId } from '../../domain/ids.ts';
import { restarts } from '../../record/database-errors.ts';
import {
  type CaseFile,
  beginContent,
  dropContent,
  filesOf,
  finishContent,
  keepChunk,
  keepFile,
  keepWhole,
  type NewFile,
} from '../../record/files.ts';
import { type OfficeTransaction, withOffice } from '../../record/office.ts';
import type { DataKey, OfficeKey } from '../../record/seal.ts';
import { FileBody, FileList, FilePath, FileView, ReadFile } from '../contract/files.ts';
import { CasePath } from '../contract/items.ts';
import type { Deps, Session } from '../deps.ts';
import { bytesOf, headersOf, piecesOf } from '../files/hand-out.ts';
import { offerOf } from '../files/offer.ts';
import { type Depot, type Received, receive } from '../files/receive.ts';
import { sessionOf } from '../plugins/auth.ts';
import { problemsOf, signedIn } from '../plugins/openapi.ts';
import { fileToRead, keyToBring, readableFiles, requireRoom, viewFile } from '../queries/files.ts';
import { itemFrom } from '../queries/reading.ts';
import type { App } from './command-route.ts';

export function files(app: App, deps: Deps): void {
  const { pool, store } = deps;

  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, body, parsed) => parsed(null, body)); // read where it is looked at
    uploads(scope.withTypeProvider<ZodTypeProvider>(), deps);
    done();
  });

  app.get('/v1/cases/:id/files', { schema: listSchema }, async (request) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    const item = itemFrom(request.params.id);
    const found = await withOffice(pool, office, async (tx) => await readableFiles(tx, key, user, item, null));
    return { items: found.map(viewFile) };
  });

  app.get('/v1/cases/:id/files/:file', { schema: readSchema }, async (request, reply) => {
    const { office, user } = sessionOf(request);
    const key = await store.keyOf(office);
    const original = request.query.original === 'true';
    const asked = { item: itemFrom(request.params.id), sha256: hash(request.params.file), original };
    const file = await withOffice(pool, office, async (tx) => await fileToRead(tx, key, user, asked));
    const pieces = piecesOf(file, original);
    return await reply.headers(headersOf(file, pieces, original)).send(bytesOf(pool, office, file, pieces));
  });
}

function uploads(app: App, deps: Deps): void {
  app.post(
    '/v1/cases/:id/files',
    { schema: bringSchema, bodyLimit: Number.MAX_SAFE_INTEGER },
    async (request, reply) => {
      const session = sessionOf(request);
      const item = itemFrom(request.params.id);
      const bringing = await begin(deps, session, item);
      const { name, type } = offerOf(request.headers);
      const received = await receive(bodyOf(request), type, bringing.depot);
      const { file, isNew } = await settle(bringing, received, name);
      reply.code(isNew ? 201 : 200).header('location', `/v1/cases/${item}/files/${file.sha256}`);
      return await reply.send(viewFile(file));
    },
  );
}

const bodyOf = ({ body }: FastifyRequest): Readable => (body instanceof Readable ? body : Readable.from([]));

interface Bringing {
  item: ItemId;
  session: Session;
  officeKey: OfficeKey;
  key: DataKey;
  depot: Depot;
  inOffice: <T>(work: (tx: OfficeTransaction) => Promise<T>) => Promise<T>;
}

/** Each piece is kept in a transaction of its own: a slow sender holds nothing. */
async function begin({ pool, store }: Deps, session: Session, item: ItemId): Promise<Bringing> {
  const officeKey = await store.keyOf(session.office);
  const inOffice: Bringing['inOffice'] = async (work) => await withOffice(pool, session.office, work);
  const key = await inOffice(async (tx) => {
    const itsKey = await keyToBring(tx, officeKey, session.user, item);
    await requireRoom(tx, item);
    return itsKey;
  });
  const depot: Depot = {
    begin: async () => await inOffice(async (tx) => await beginContent(tx, item)),
    keep: async (content, n, bytes) => await inOffice(async (tx) => await keepChunk(tx, key, content, n, bytes)),
    drop: async (content) => await inOffice(async (tx) => await dropContent(tx, content)),
  };
  return { item, session, officeKey, key, depot, inOffice };
}

const ATTEMPTS = 3;

/** The same bytes for the same item are the same file, however often and at how many places at once they are brought. */
async function settle(
  bringing: Bringing,
  received: Received,
  name: string,
): Promise<{ file: CaseFile; isNew: boolean }> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await bringing.inOffice(async (tx) => await keep(tx, bringing, received, name));
    } catch (error) {
      if (attempt < ATTEMPTS && restarts(error)) continue;
      if (typeof received.content === 'string') await bringing.depot.drop(received.content);
      throw error;
    }
  }
}

async function keep(
  tx: OfficeTransaction,
  { item, session, officeKey, key }: Bringing,
  { content, ...what }: Received,
  name: string,
): Promise<{ file: CaseFile; isNew: boolean }> {
  const [before] = await filesOf(tx, officeKey, item, what.sha256);
  if (before) {
    if (typeof content === 'string') await dropContent(tx, content);
    return { file: before, isNew: false };
  }
  const file: NewFile = { ...what, item, name, by: session.user };
  if (typeof content === 'string') {
    await finishContent(tx, content);
    await keepFile(tx, key, content, file);
  } else await keepWhole(tx, key, file, content);
  const [after] = await filesOf(tx, officeKey, item, what.sha256);
  if (!after) throw new Error('a file that was just kept is not there');
  return { file: after, isNew: true };
}

const fileHeaders = z.looseObject({
  'file-name': z
    .string()
    .optional()
    .meta({
      description: '必填：文件名，UTF-8 百分号编码 / required: what it is called, percent-encoded UTF-8',
      examples: ['%E6%A5%BC%E9%81%93.jpg'],
    }),
});
const tags = ['files'];
const bringSchema = {
  summary: '上传材料 / bring a file, at most 20 MiB; the same bytes once',
  operationId: 'bring-file',
  tags,
  security: signedIn,
  params: CasePath,
  headers: fileHeaders,
  consumes: [...fileTypes],
  body: FileBody,
  response: { 200: FileView, 201: FileView, ...problemsOf(400, 401, 403, 404, 409, 413, 415, 422, 503) },
};
const listSchema = {
  summary: '材料清单 / the files of a case',
  tags,
  security: signedIn,
  params: CasePath,
  response: { 200: FileList, ...problemsOf(401, 403, 404, 503) },
};
const readSchema = {
  summary: '下载材料 / a file, without what a camera writes beside the picture; every download is logged',
  tags,
  security: signedIn,
  params: FilePath,
  querystring: ReadFile,
  response: {
    200: { description: '文件 / the file', content: { 'application/octet-stream': { schema: FileBody } } },
    ...problemsOf(400, 401, 403, 404, 503),
  },
};
