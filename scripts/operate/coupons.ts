/** `npm run coupons -- renew-epoch`: after PostgreSQL was restored to an earlier time, what Redis knows of coupons is forgotten. */
import { parseArgs } from 'node:util';
import { issuerStore } from '#participants/coupon/issuing/sql-issuer-store.ts';
import { openDatabase, sqlState } from '#platform/postgres/database.ts';
import { messageOf } from '#protocol/errors.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { defaultStack } from '../run/stack/stack.ts';
import { stackStatus } from '../run/stack/status.ts';

const usage = `usage: npm run coupons -- renew-epoch   run it after PostgreSQL was restored to an earlier time,
                                        before the coupon processes are started again
The database: COUPON_DATABASE_URL, else DATABASE_URL, else the local stack's.`;

await runMain(async () => {
  const words = readArguments();
  return words.length === 1 && words[0] === 'renew-epoch' ? renewEpoch() : misuse('say what to do');
});

function readArguments(): string[] {
  try {
    return parseArgs({ allowPositionals: true, options: {} }).positionals;
  } catch (error) {
    process.exit(misuse(messageOf(error)));
  }
}

async function renewEpoch(): Promise<number> {
  const given = process.env.COUPON_DATABASE_URL ?? process.env.DATABASE_URL;
  const url = given ?? (await stackStatus(defaultStack())).postgres;
  if (url === null) {
    throw new StackProblem(
      'PostgreSQL does not run: `npm start` starts everything, `npm run stack -- up` the stack alone.',
    );
  }
  const db = openDatabase(url, { pool: 1, processName: 'coupons' });
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
  process.stderr.write(
    'The epoch is renewed: what Redis remembers of coupons is forgotten, and filled again from PostgreSQL within half a minute.\n',
  );
  return 0;
}

/** Says what is wrong and how it is used. */
function misuse(problem: string): number {
  process.stderr.write(`${problem}\n${usage}\n`);
  return 2;
}
