/** Issuing's tables on real PostgreSQL fulfil the contract. */
import { openPrisma } from '#platform/postgres/prisma.ts';
import { openTestDatabase } from '#runtime/testing/database.ts';
import { sqlIssuingUnitOfWork } from './sql-issuer-store.ts';
import { campaignStore, couponReads } from './sql-store.ts';
import { issuingContract } from './testing/issuing.contract.ts';

issuingContract('on PostgreSQL', async () => {
  const { db, close } = await openTestDatabase();
  return {
    unitOfWork: sqlIssuingUnitOfWork(db),
    reads: couponReads(db),
    campaigns: campaignStore(db, openPrisma(db)),
    close,
  };
});
