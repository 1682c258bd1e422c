/** For tests of a database that stalls: requests while a table takes no writes or an answer is lost, and the 504 that follows. */
import { expect } from 'chai';
import type { Database } from '../../postgres/database.ts';
import type { LossyProxy } from '../../postgres/testing/lossy-proxy.ts';
import type { Answer } from './client.ts';

/** Longer than any statement of an API may take, ms. */
export const SETTLED_MS = 6_000;
/** The type of the problem that says that nobody knows whether it was done. */
export const UNKNOWN = 'urn:problem:order-saga:outcome-unknown';

/** Resolves when whatever an API had begun has ended. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLED_MS));

/** Runs a request while a table takes no writes, until it is answered. @param db not the API's own */
export function whileLocked(db: Database, table: string, request: () => Promise<Answer>): Promise<Answer> {
  return db.transaction(async (sql) => {
    await sql.execute(`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`);
    let isOver = false;
    const answer = request().finally(() => {
      isOver = true;
    });
    while (!isOver) await sql.query('SELECT pg_sleep(0.1)::text');
    return answer;
  });
}

/** Runs a request, of which each connection is deaf once it has sent a text, such as `COMMIT`. */
export function withoutAnswerTo(
  proxy: LossyProxy,
  text: string,
  request: () => Promise<Answer>,
): Promise<Answer> {
  proxy.loseAnswersTo(text);
  return request().finally(() => proxy.loseAnswersTo(null));
}

/** Fails unless an answer says that its outcome is unknown, and where it is to be found. */
export function expectUnknown({ status, body, headers }: Answer, self: string): void {
  expect(status, JSON.stringify(body)).to.equal(504);
  expect(body.type).to.equal(UNKNOWN);
  expect(body.links).to.deep.equal({ self });
  expect(headers.get('location')).to.equal(self);
}
