import { z } from 'zod';
import { isId, type OfficeId } from '../../domain/ids.ts';
import type { Prisma, PrismaClient } from '../../prisma/generated/client.ts';
import { id as entryId } from '../contract/values.ts';
import type { ListResources, ListTeams, ResourceView, TeamView } from '../contract/lists.ts';
import { page, readCursor } from '../cursor.ts';
import { inOffice } from '../prisma.ts';

type Resource = z.output<typeof ResourceView>;
type Team = z.output<typeof TeamView>;
interface Page<Entry> {
  items: Entry[];
  next: string | null;
}

const place = z.tuple([entryId]);
const afterId = (cursor: string | undefined): { id?: { gt: string } } =>
  cursor === undefined ? {} : { id: { gt: readCursor(place, cursor)[0] } };

export async function listResources(
  prisma: PrismaClient,
  office: OfficeId,
  { kind, cursor, limit }: z.output<typeof ListResources>,
): Promise<Page<Resource>> {
  const where = { officeId: office, ...(kind ? { kind } : {}), ...afterId(cursor) };
  const query = { where, orderBy: { id: 'asc' }, take: limit + 1 } as const;
  const rows = await inOffice(prisma, office, async (tx) => await tx.resource.findMany(query));
  const { items, next } = page(rows, limit, ({ id }) => [id]);
  return { items: items.map(viewResource), next };
}

export async function findResource(
  prisma: PrismaClient,
  officeId: OfficeId,
  id: string,
): Promise<Resource | undefined> {
  if (!isId(id)) return undefined;
  const where = { officeId_id: { officeId, id } };
  const row = await inOffice(prisma, officeId, async (tx) => await tx.resource.findUnique({ where }));
  return row ? viewResource(row) : undefined;
}

const day = (date: Date): string => date.toISOString().slice(0, 10);

function viewResource(row: Prisma.ResourceGetPayload<object>): Resource {
  const { id, titleZh, titleEn, kind, unit, ownerId, area, validFrom, validTo } = row;
  const reserved = Number(row.reserved);
  const capacity = row.capacity === null ? null : Number(row.capacity);
  return {
    id,
    title: { zh: titleZh, en: titleEn },
    kind,
    unit,
    owner: ownerId,
    capacity,
    reserved,
    free: capacity === null ? null : capacity - reserved,
    area,
    validFrom: day(validFrom),
    validTo: validTo === null ? null : day(validTo),
  };
}

export async function listTeams(
  prisma: PrismaClient,
  office: OfficeId,
  { skill, unit, cursor, limit }: z.output<typeof ListTeams>,
): Promise<Page<Team>> {
  const where = {
    officeId: office,
    ...(skill ? { skills: { has: skill } } : {}),
    ...(unit ? { unitId: unit } : {}),
    ...afterId(cursor),
  };
  const query = { where, orderBy: { id: 'asc' }, take: limit + 1 } as const;
  const rows = await inOffice(prisma, office, async (tx) => await tx.team.findMany(query));
  const { items, next } = page(rows, limit, ({ id }) => [id]);
  return { items: items.map(viewTeam), next };
}

export async function findTeam(prisma: PrismaClient, officeId: OfficeId, id: string): Promise<Team | undefined> {
  if (!isId(id)) return undefined;
  const where = { officeId_id: { officeId, id } };
  const row = await inOffice(prisma, officeId, async (tx) => await tx.team.findUnique({ where }));
  return row ? viewTeam(row) : undefined;
}

function viewTeam(row: Prisma.TeamGetPayload<object>): Team {
  const { id, titleZh, titleEn, kind, unitId, skills, area, active, openLoad, maxOpenLoad } = row;
  const title = { zh: titleZh, en: titleEn };
  return { id, title, kind, unit: unitId, skills, area, active, openLoad, maxOpenLoad, free: maxOpenLoad - openLoad };
}
