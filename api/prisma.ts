import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';
import type { OfficeId } from '../domain/ids.ts';
import { type Prisma, PrismaClient } from '../prisma/generated/client.ts';

/** The read models on a pool whose sessions run in UTC: Prisma writes and reads times without their offset. */
export function createPrisma(pool: Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' });
}

/** One transaction that has named its office: row level security hides everything from a query outside of one. */
export async function inOffice<T>(
  prisma: PrismaClient,
  office: OfficeId,
  read: (tx: Prisma.TransactionClient) => Promise<T>,
): Promise<T> {
  return await prisma.$transaction(
    async (tx) => {
      await tx.$queryRaw`SELECT set_config('app.office', ${office}, true)`;
      return await read(tx);
    },
    { maxWait: 5_000, timeout: 10_000 },
  );
}
