/** Many dead letters at once, on real Kafka and PostgreSQL: planned, sent at a bounded rate, each with its outcome. */
import { expect } from 'chai';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import { TerminalError } from '#protocol/errors.ts';
import { uuidv7 } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Answer, Body } from './testing/client.ts';

interface BatchItem {
  readonly target: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly detail: string | null;
}

describe('batches of dead letters', () => {
  let api: TestApi;
  let publisher: Publisher;
  before(async () => {
    api = await startTestApi({ worksBatches: true });
    publisher = await openPublisher({ ...api.kafka, settings: ORDER_PRODUCER });
  });
  after(async () => {
    await publisher?.close();
    await api?.close();
  });

  let nth = 0;
  const fresh = (count: number) =>
    Array.from({ length: count }, () => ({ key: uuidv7(Date.now()), value: Buffer.from(`{"${++nth}`) }));
  /** Parks records of one text, and waits for their letters. */
  async function parked(
    records: ReadonlyArray<{ key: string; value: Buffer }>,
    text: string,
  ): Promise<string> {
    await publisher.publish(
      records.map(({ key, value }) =>
        deadLetter(
          { topic: 'order-created', partition: 0, offset: 1, key, value, timestamp: 0 },
          new TerminalError('not-json', text),
          'orchestrator',
          Date.now(),
        ),
      ),
    );
    const keys = new Set(records.map(({ key }) => key));
    const listed = await waitUntil(
      async () => {
        const { body } = await api.request('/v1/dead-letters?limit=200', { as: 'viewer' });
        return (body.items as Array<{ sagaId: string; groupId: string }>).filter(({ sagaId }) =>
          keys.has(sagaId),
        );
      },
      (letters) => letters.length >= records.length,
    );
    return listed[0]?.groupId ?? '';
  }
  const request = (body: Body, headers: Record<string, string> = {}): Promise<Answer> =>
    api.request('/v1/dead-letters/batches', {
      as: 'operator',
      body: { reason: 'fixed in 1.4.2', ...body },
      headers,
    });
  const batch = async (id: unknown) => (await api.request(`/v1/batches/${id}`, { as: 'viewer' })).body;
  const ended = (id: unknown) =>
    waitUntil(
      () => batch(id),
      ({ state }) => state === 'done' || state === 'cancelled',
    );
  const itemsOf = async (id: unknown) =>
    (await api.request(`/v1/batches/${id}/items?limit=200`, { as: 'viewer' })).body.items as BatchItem[];
  const cameOf = (records: ReadonlyArray<{ key: string }>) => {
    const keys = new Set<string | null>(records.map(({ key }) => key));
    return api.published.filter(({ topic, key }) => topic === 'order-created' && keys.has(key));
  };
  const act = (id: unknown, action: string, as: 'operator' | 'viewer' = 'operator') =>
    api.request(`/v1/batches/${id}/actions`, { as, body: { action, reason: 'wait for the release' } });

  it('are planned, and send exactly the set of the plan, whatever is parked meanwhile', async () => {
    const records = fresh(5);
    const group = await parked(records, 'the first set');
    const { status, body: plan } = await request({ action: 'send', filter: { group }, dryRun: true });
    expect(status, JSON.stringify(plan)).to.equal(200);
    expect(plan).to.include({ letters: 5, isComplete: true, force: false, perSecond: 20 });
    expect(plan.topics).to.deep.equal([{ topic: 'order-created', letters: 5, impossible: null }]);
    expect((plan.first as Array<{ key: string }>).map(({ key }) => key)).to.have.members(
      records.map(({ key }) => key),
    );
    const late = fresh(1);
    await parked(late, 'the first set');
    const { planHash, upTo } = plan;
    const other = await request({ action: 'send', filter: { group }, planHash });
    expect(other.status, 'one letter more').to.equal(412);
    expect((other.body.plan as Body).letters).to.equal(6);
    const made = await request(
      { action: 'send', filter: { group, upTo }, planHash },
      { 'idempotency-key': 'a' },
    );
    expect(made.status, JSON.stringify(made.body)).to.equal(202);
    const again = await request(
      { action: 'send', filter: { group, upTo }, planHash },
      { 'idempotency-key': 'a' },
    );
    expect(again.body.batchId).to.equal(made.body.batchId);
    expect(made.headers.get('location')).to.equal(`/v1/batches/${made.body.batchId}`);
    expect((await ended(made.body.batchId)).progress).to.deep.equal({
      waiting: 0,
      watched: 0,
      outcomes: { sent: 5 },
    });
    expect(cameOf(records)).to.have.length(5);
    expect(cameOf(late)).to.have.length(0);
    const used = await request({ action: 'discard', filter: { group } }, { 'idempotency-key': 'a' });
    expect(used.status, 'another act under the key').to.equal(422);
    const entries = (await api.request('/v1/audit', { as: 'viewer' })).body.items as Body[];
    expect(entries[0]).to.include({
      action: 'send-dead-letters',
      actor: 'some-operator',
      batchId: made.body.batchId,
    });
    expect((await api.request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
  });

  it('send a letter once, whichever batches name it, and say why they did not', async () => {
    const records = fresh(3);
    const group = await parked(records, 'the second set');
    const both = await Promise.all([1, 2].map(() => request({ action: 'send', filter: { group } })));
    const outcomes = await Promise.all(both.map(async ({ body }) => (await ended(body.batchId)).progress));
    const counts = outcomes.map((progress) => (progress as { outcomes: Record<string, number> }).outcomes);
    expect(
      counts.reduce((sum, { sent = 0 }) => sum + sent, 0),
      JSON.stringify(counts),
    ).to.equal(3);
    expect(counts.reduce((sum, { refused = 0 }) => sum + refused, 0)).to.equal(3);
    expect(cameOf(records)).to.have.length(3);
    const all = (await Promise.all(both.map(({ body }) => itemsOf(body.batchId)))).flat();
    for (const { outcome, detail } of all)
      if (outcome === 'refused') expect(detail).to.match(/^It was sent again at/);
    expect((await request({ action: 'send', filter: { group } })).status, 'nothing is open').to.equal(409);
  });

  it('refuse what was parked too often, and find what is parked again', async () => {
    const [looping, returning, fine] = fresh(3);
    if (looping === undefined || returning === undefined || fine === undefined) throw new Error('no record');
    const group = await parked([looping, looping, looping, returning, fine], 'the third set');
    const { body } = await request({ action: 'send', filter: { group } });
    await waitUntil(
      () => cameOf([returning]),
      (records) => records.length > 0,
    );
    await parked([returning], 'the reader has not been corrected');
    const done = await ended(body.batchId);
    expect((done.progress as Body).outcomes).to.deep.equal({ refused: 3, 'parked-again': 1, sent: 1 });
    const items = await itemsOf(body.batchId);
    expect(items.filter(({ outcome }) => outcome === 'refused')[0]?.detail).to.match(/parked 3 times/);
    expect(items.find(({ outcome }) => outcome === 'parked-again')?.detail).to.match(/^0\/\d+$/);
    expect(cameOf([looping])).to.deep.equal([]);
  });

  it('keep to their rate, pause, resume, and leave the rest when they are cancelled', async () => {
    const records = fresh(12);
    const group = await parked(records, 'the fourth set');
    const { body } = await request({ action: 'send', filter: { group }, perSecond: 1 });
    const id = body.batchId;
    await waitUntil(
      () => cameOf(records),
      (came) => came.length >= 2,
    );
    expect((await act(id, 'pause', 'viewer')).status).to.equal(403);
    expect((await act(id, 'pause')).body.state).to.equal('paused');
    const sentOf = async () => 12 - Number(((await batch(id)).progress as Body).waiting);
    // The wave under way ends.
    await waitUntil(
      async () => [await sentOf(), cameOf(records).length],
      ([sent, came]) => sent === came,
    );
    const before = cameOf(records).length;
    expect(before).to.be.lessThan(12);
    expect((await act(id, 'resume')).body.state).to.equal('running');
    await waitUntil(
      () => cameOf(records),
      (came) => came.length > before,
    );
    const cancelled = await act(id, 'cancel');
    expect(cancelled.body.state).to.equal('cancelled');
    expect((await act(id, 'resume')).status).to.equal(409);
    await waitUntil(
      async () => ((await batch(id)).progress as { outcomes: Record<string, number> }).outcomes,
      ({ sent = 0, cancelled: left = 0 }) => sent + left === 12 && sent === cameOf(records).length,
    );
    expect(cameOf(records).length).to.be.lessThan(12);
    const actions = ((await api.request('/v1/audit', { as: 'viewer' })).body.items as Body[]).map(
      ({ action }) => action,
    );
    expect(actions.slice(0, 4)).to.deep.equal([
      'cancel-batch',
      'resume-batch',
      'pause-batch',
      'send-dead-letters',
    ]);
  });

  it('discard, and take letters by their names', async () => {
    const records = fresh(2);
    const group = await parked(records, 'the fifth set');
    const listed = (await api.request(`/v1/dead-letters?group=${group}`, { as: 'viewer' })).body
      .items as Array<{
      partition: number;
      offset: number;
    }>;
    const letters = listed.map(({ partition, offset }) => `${partition}/${offset}`);
    const { body } = await request({ action: 'discard', letters: [...letters, ...letters, '0/999999'] });
    expect((await ended(body.batchId)).progress).to.deep.include({ outcomes: { discarded: 2 } });
    const left = (await api.request(`/v1/dead-letters?group=${group}&state=open`, { as: 'viewer' })).body;
    expect(left.items).to.deep.equal([]);
    expect((await request({ action: 'send', letters: ['0/999999'] })).status).to.equal(409);
  });

  it('are refused without a set, or with two, and to viewers', async () => {
    expect((await request({ action: 'send' })).status).to.equal(400);
    expect((await request({ action: 'send', filter: {}, letters: ['0/1'] })).status).to.equal(400);
    const body = { action: 'send', filter: {}, reason: 'r' };
    expect((await api.request('/v1/dead-letters/batches', { as: 'viewer', body })).status).to.equal(403);
    expect((await api.request(`/v1/batches/${crypto.randomUUID()}`, { as: 'viewer' })).status).to.equal(404);
    const { body: page } = await api.request('/v1/batches?limit=2', { as: 'viewer' });
    expect(page.items).to.have.length(2);
    const next = await api.request(`/v1/batches?limit=2&cursor=${page.nextCursor}`, { as: 'viewer' });
    expect((next.body.items as Body[])[0]?.batchId).not.to.be.oneOf(
      (page.items as Body[]).map(({ batchId }) => batchId),
    );
  });
});
