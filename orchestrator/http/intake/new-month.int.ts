/** Orders while a new month's partition is made and somebody reads: none is refused. */
import { expect } from 'chai';
import { PARTITIONED } from '#orchestrator/store/tables.ts';
import { ensurePartitions } from '#platform/postgres/month-partitions.ts';
import { startTestApi, type TestApi } from '../testing/api.ts';

/** How long the reader stays at least: `READER_SECONDS=60` for a long one. */
const READER_MS = Number(process.env.READER_SECONDS ?? 12) * 1000;
const POST_EVERY_MS = 100;
/** The making does not wait for the reader: it is over while the reader stays, however slow this machine is. */
const MADE_WITHIN_MS = READER_MS + 40_000;

describe('orders during the making of a month’s partitions', () => {
  let api: TestApi;
  before(async () => {
    // No engine starts these orders: they must not count as a backlog.
    api = await startTestApi({ oldestMs: 10 * READER_MS });
  });
  after(() => api?.close());

  // Regression: CREATE TABLE … PARTITION OF waited for the reader, and every order behind it was refused.
  it('are accepted while a reader holds the sagas open', async () => {
    await api.placed();
    const nextYear = Date.now() + 365 * 86_400_000;
    const statuses: number[] = [];
    const posts: Array<Promise<void>> = [];
    let isMade = false;
    await api.db.transaction(async (reader) => {
      await reader.query('SELECT count(*) FROM orchestrator.sagas');
      const startedAt = Date.now();
      const made = ensurePartitions(api.db, PARTITIONED, nextYear).then(() => {
        isMade = true;
      });
      posts.push(made);
      const stays = () => {
        const ms = Date.now() - startedAt;
        return ms < READER_MS || (!isMade && ms < MADE_WITHIN_MS);
      };
      while (stays()) {
        posts.push(
          api.placed({ customerId: 'reader' }).then(
            () => void statuses.push(202),
            () => void statuses.push(503),
          ),
        );
        await reader.query('SELECT pg_sleep($1::float8 / 1000)::text', POST_EVERY_MS);
      }
      expect(isMade, 'the partitions are there while the reader stays').to.equal(true);
    });
    await Promise.all(posts);
    expect(new Set(statuses)).to.deep.equal(new Set([202]));
  }).timeout(MADE_WITHIN_MS + 60_000);
});
