/** What people request while PostgreSQL stalls or its answers are lost: actions, activations, ended tokens, dead letters sent again. */
import { expect } from 'chai';
import { expectUnknown, settled, whileLocked, withoutAnswerTo } from '#platform/http/testing/stalled.ts';
import { type LossyProxy, openLossyProxy } from '#platform/postgres/testing/lossy-proxy.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import { TerminalError } from '#protocol/errors.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { deadLetterStore } from '../store/dead-letter-store.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Answer } from './testing/client.ts';
import { CHARGING } from './testing/engine.ts';

describe('what people request of a database that stalls', () => {
  let api: TestApi;
  let proxy: LossyProxy;
  before(async () => {
    api = await startTestApi({
      via: async (url) => {
        proxy = await openLossyProxy(url);
        return proxy.url;
      },
    });
  });
  after(async () => {
    await api?.close();
    await proxy?.close();
  });

  const count = async (where: string, ...values: unknown[]): Promise<number> =>
    Number((await api.db.query<{ n: bigint }>(`SELECT count(*) AS n FROM ${where}`, ...values))[0]?.n);
  const withoutCommit = (request: () => Promise<Answer>) => withoutAnswerTo(proxy, 'COMMIT', request);

  describe('an action', () => {
    const charging = async () => {
      const id = await api.placed();
      await api.engine.happen(id, ...CHARGING);
      const { headers } = await api.request(`/v1/sagas/${id}`, { as: 'viewer' });
      return { id, etag: headers.get('etag') ?? '' };
    };
    const pause = ({ id, etag }: { id: string; etag: string }, key: string) =>
      api.request(`/v1/sagas/${id}/actions`, {
        as: 'operator',
        body: { action: 'pause', reason: 'because' },
        headers: { 'if-match': etag, 'idempotency-key': key },
      });

    it('that is answered 503 is never stored; its repeats store one', async () => {
      const saga = await charging();
      const answer = await whileLocked(api.db, 'orchestrator.actions', () => pause(saga, 'locked'));
      expect(answer.status, JSON.stringify(answer.body)).to.equal(503);
      await settled();
      expect(await count('orchestrator.actions WHERE saga_id = $1::uuid', saga.id)).to.equal(0);
      const [one, other] = [await pause(saga, 'locked'), await pause(saga, 'locked')];
      expect([one.status, other.status]).to.deep.equal([202, 202]);
      expect(one.headers.get('location')).to.equal(other.headers.get('location'));
      expect(await count('orchestrator.actions WHERE saga_id = $1::uuid', saga.id)).to.equal(1);
    });

    it('that is answered 504 has an address, where it is found; a repeat under its key is the same one', async () => {
      const saga = await charging();
      const answer = await withoutCommit(() => pause(saga, 'unconfirmed'));
      const self = `/v1/actions/${String(answer.body.actionId)}`;
      expectUnknown(answer, self);
      await waitUntil(
        () => api.request(self, { as: 'viewer' }),
        ({ status }) => status === 200,
      );
      const again = await pause(saga, 'unconfirmed');
      expect(again.headers.get('location'), JSON.stringify(again.body)).to.equal(self);
      expect(await count('orchestrator.actions WHERE saga_id = $1::uuid', saga.id)).to.equal(1);
    });
  });

  describe('an activation', () => {
    const activate = () =>
      api.request('/v1/definitions/order/activations', {
        as: 'operator',
        body: { version: 1, reason: 'a test' },
      });
    const activations = () =>
      count(`orchestrator.activations WHERE activated_by <> 'set-up' AND version = 1`);
    beforeEach(async () => {
      await api.db.execute('DELETE FROM orchestrator.activations WHERE version = 1 AND seq > 99');
      await api.db.execute(
        `INSERT INTO orchestrator.activations (seq, definition, version, activated_at, activated_by)
         VALUES (99, 'order', 2, $1::timestamptz, 'test') ON CONFLICT DO NOTHING`,
        new Date(),
      );
      await api.db.execute(
        `INSERT INTO orchestrator.engines (id, definitions, seen_at)
         VALUES ('alive', '[{"name":"order","version":1}]', $1::timestamptz)
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, definitions = excluded.definitions`,
        new Date(Date.now() + 60_000),
      );
    });

    it('that is answered 503 is never made', async () => {
      const answer = await whileLocked(api.db, 'orchestrator.activations', activate);
      expect(answer.status, JSON.stringify(answer.body)).to.equal(503);
      await settled();
      expect(await activations()).to.equal(0);
      expect((await activate()).body).to.include({ changed: true });
      expect(await activations()).to.equal(1);
    });

    // Regression: its answer had no address.
    it('that is answered 504 has an address, where it is found; a repeat changes nothing', async () => {
      expectUnknown(await withoutCommit(activate), '/v1/definitions');
      await waitUntil(activations, (found) => found === 1);
      const again = await activate();
      expect([again.status, again.body.changed]).to.deep.equal([200, false]);
      expect(await activations()).to.equal(1);
    });
  });

  it('an ending of tokens that is answered 504 has an address; a repeat under its key is the same one', async () => {
    const end = () =>
      api.request('/v1/ended-tokens', {
        ...{ as: 'admin', subject: 'anna', body: { subject: 'unconfirmed', reason: 'a test' } },
        headers: { 'idempotency-key': 'an ending' },
      });
    const answer = await withoutCommit(end);
    const self = String((answer.body.links as { self?: string }).self);
    expect(self).to.match(/^\/v1\/ended-tokens\/[0-9a-f-]{36}$/);
    expectUnknown(answer, self);
    await waitUntil(
      () => api.request(self, { as: 'admin' }),
      ({ status }) => status === 200,
    );
    expect((await end()).headers.get('location')).to.equal(self);
    expect(await count(`identity.ended_tokens WHERE subject = 'unconfirmed'`)).to.equal(1);
  });

  describe('a dead letter', () => {
    let offset = 0;
    /** A letter as the copier of their topic stores it. */
    const parked = async (): Promise<{ path: string; key: string }> => {
      const key = uuidv7(Date.now());
      offset += 1;
      const record = {
        topic: 'order-created',
        partition: 0,
        offset,
        key,
        value: Buffer.from('{'),
        timestamp: 0,
      };
      const { topic, value, headers } = deadLetter(
        record,
        new TerminalError('not-json', 'no'),
        'test',
        Date.now(),
      );
      await deadLetterStore(api.db, undefined as never).copy([
        { topic, partition: 0, offset, key, value: Buffer.from(value as Buffer), timestamp: 0, headers },
      ] as never);
      return { path: `/v1/dead-letters/0/${offset}`, key };
    };
    const resend = (path: string) =>
      api.request(`${path}/resend`, { as: 'operator', body: { reason: 'mended' } });
    const came = (key: string) => api.published.filter((record) => record.key === key).length;
    const resentAt = async (path: string) => (await api.request(path, { as: 'operator' })).body.resentAt;

    // Regression: it was sent, and neither its address nor the audit ever said so.
    for (const [what, run] of [
      [
        'waits for a lock',
        (path: string) => whileLocked(api.db, 'orchestrator.dead_letters', () => resend(path)),
      ],
      ['is not confirmed', (path: string) => withoutCommit(() => resend(path))],
    ] as const) {
      it(`whose record ${what} is answered 504, and its address shows that it was sent, once`, async () => {
        const { path, key } = await parked();
        expectUnknown(await run(path), path);
        await waitUntil(() => resentAt(path), Boolean, { what: 'the time it was sent again' });
        await waitUntil(() => came(key), Boolean);
        expect((await resend(path)).status, 'a repeat').to.equal(409);
        expect(came(key)).to.equal(1);
        expect(await count('orchestrator.actions WHERE saga_id = $1::uuid', key)).to.equal(1);
      });
    }
  });
});
