/** Issuing's tables on real PostgreSQL keep the contract. */
import { openPrisma } from '#platform/postgres/prisma.ts';
import { openTestDatabase } from '#runtime/testing/database.ts';
import { campaignBook, couponReads } from './sql-store.ts';
import { sqlIssuingWork } from './sql-writes.ts';
import { issuingContract } from './testing/issuing.contract.ts';

issuingContract('on PostgreSQL', async () => {
  const { db, close } = await openTestDatabase();
  return {
    unitOfWork: sqlIssuingWork(db),
    reads: couponReads(db),
    campaigns: campaignBook(db, openPrisma(db)),
    close,
  };
});
