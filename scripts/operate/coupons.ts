/**
 * `npm run coupons -- renew-epoch`: invalidates the coupons' cache after PostgreSQL was restored to an earlier time.
 */
import { parseArgs } from 'node:util';
import { issuerStore } from '#participants/coupon/issuing/sql-issuer-store.ts';
import { openDatabase, sqlState } from '#platform/postgres/database.ts';
import { messageOf } from '#protocol/errors.ts';
import { say } from '#scripts/run/terminal.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { participantDatabaseUrl } from './participant-database.ts';

const usage = `usage: npm run coupons -- renew-epoch   run it after PostgreSQL was restored to an earlier time,
                                        before the coupon processes are started again
The database: COUPON_DATABASE_URL, else DATABASE_URL, else the local stack's.`;

await runMain(async () => {
  const words = readArguments();
  return words.length === 1 && words[0] === 'renew-epoch' ? renewEpoch() : misuse('name a command');
}, usage);

function readArguments(): string[] {
  try {
    return parseArgs({ allowPositionals: true, options: {} }).positionals;
  } catch (error) {
    process.exit(misuse(messageOf(error)));
  }
}

async function renewEpoch(): Promise<number> {
  const db = openDatabase(await participantDatabaseUrl('coupon'), { pool: 1, processName: 'coupons' });
  try {
    await issuerStore(db).renewEpoch(new Date());
  } catch (error) {
    const noTable = sqlState(error)?.state === '42P01';
    throw new StackProblem(
      noTable
        ? 'The database has no coupon tables yet: `npm start` makes them.'
        : `PostgreSQL: ${messageOf(error)}`,
      { cause: error },
    );
  } finally {
    await db.close();
  }
  say(
    'The epoch is renewed: Redis drops its cached coupons, and is filled again from PostgreSQL within half a minute.',
  );
  return 0;
}

/** Prints the problem and the usage. */
function misuse(problem: string): number {
  say(`${problem}\n${usage}`);
  return 2;
}
