/** What people do about dead letters, on real Kafka and PostgreSQL: grouped, read, corrected, sent again, discarded. */
import { expect } from 'chai';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher, type Publisher } from '#platform/kafka/publisher.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import { type FailureCode, TerminalError } from '#protocol/errors.ts';
import { partitionOf, uuidv7 } from '#protocol/ids.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Body, Request } from './testing/client.ts';

interface Item {
  readonly partition: number;
  readonly offset: number;
  readonly sagaId: string;
  readonly groupId: string;
  readonly state: string;
  readonly saga: object | null;
  readonly [field: string]: unknown;
}

/** A message of `order-created`, whose data is given. */
const created = (sagaId: string, data: object, id = `${sagaId}/order.created`) =>
  JSON.stringify({
    specversion: '1.0',
    id,
    type: 'order.created',
    source: '/orchestrator',
    time: new Date().toISOString(),
    subject: sagaId,
    datacontenttype: 'application/json',
    data,
  });
const ORDERED = {
  customerId: 'ann@example.org',
  items: [{ sku: 'SKU-0001', quantity: 2 }],
  currency: 'EUR',
};

describe('work on dead letters', () => {
  let api: TestApi;
  let publisher: Publisher;
  before(async () => {
    api = await startTestApi();
    publisher = await openPublisher({ ...api.kafka, settings: ORDER_PRODUCER });
  });
  after(async () => {
    await publisher?.close();
    await api?.close();
  });

  const request = (path: string, options: Request = {}) => api.request(path, { as: 'operator', ...options });
  const itemsOf = async (query: string) =>
    (await request(`/v1/dead-letters?${query}`, { as: 'viewer' })).body.items as Item[];
  /** Parks a record, and waits for its letter. */
  async function parked(
    key: string,
    value: string | Buffer,
    {
      code = 'invalid-data',
      text = 'amount: expected number',
      topic = 'order-created',
      by = 'orchestrator',
    }: { code?: FailureCode; text?: string; topic?: string; by?: string } = {},
  ): Promise<Item> {
    const record = { topic, partition: 0, offset: 1, key, value: Buffer.from(value), timestamp: 0 };
    const known = new Set((await itemsOf('limit=200')).map(({ offset }) => offset));
    await publisher.publish([deadLetter(record, new TerminalError(code, text), by, Date.now())]);
    const found = await waitUntil(
      async () => (await itemsOf('limit=200')).find(({ offset }) => !known.has(offset)),
      (letter) => letter !== undefined,
    );
    if (found === undefined) throw new Error('no letter');
    return found;
  }
  const pathOf = ({ partition, offset }: Pick<Item, 'partition' | 'offset'>) =>
    `/v1/dead-letters/${partition}/${offset}`;
  const act = (letter: Item, verb: string, body: Body = {}, headers: Record<string, string> = {}) =>
    request(`${pathOf(letter)}/${verb}`, { body: { reason: 'mended', ...body }, headers });
  const came = (sagaId: string) =>
    api.published.filter(({ topic, key }) => topic === 'order-created' && key === sagaId);
  const arrived = (sagaId: string, count: number) =>
    waitUntil(
      () => came(sagaId),
      (records) => records.length >= count,
    );
  const entriesOf = async (sagaId: string) =>
    (await request(`/v1/audit?sagaId=${sagaId}`)).body.items as Array<{ action: string; reason: string }>;

  it('are grouped by topic, sender, reason and text, whatever ids and numbers the texts hold', async () => {
    const texts = [
      `the saga ${uuidv7(Date.now())} has 3 items of "SKU-1" at '5 EUR'`,
      `the saga ${uuidv7(Date.now())} has 17 items of "SKU-22" at '7 EUR'`,
    ];
    const [first, second] = [
      await parked('k1', '{', { text: texts[0] ?? '', by: 'payment' }),
      await parked('k2', '{', { text: texts[1] ?? '', by: 'payment' }),
    ];
    const other = await parked('k3', '{', { text: texts[0] ?? '', by: 'inventory' });
    expect(first.groupId).to.equal(second.groupId).and.not.equal(other.groupId);
    const { body } = await request('/v1/dead-letters/groups?state=open', { as: 'viewer' });
    const group = (body.items as Array<{ groupId: string }>).find(({ groupId }) => groupId === first.groupId);
    expect(body.isComplete).to.equal(true);
    expect(group).to.include({
      letters: 2,
      originTopic: 'order-created',
      parkedBy: 'payment',
      reason: 'invalid-data',
      groupText: 'the saga # has # items of "#" at "#"',
    });
    expect(group).to.have.deep.property('sample', {
      partition: second.partition,
      offset: second.offset,
      text: texts[1],
      links: { self: pathOf(second) },
    });
    const listed = await itemsOf(`group=${first.groupId}`);
    expect(listed.map(({ offset }) => offset)).to.deep.equal([second.offset, first.offset]);
    expect(await itemsOf(`group=${first.groupId}&parkedBefore=2020-01-01T00:00:00Z`)).to.deep.equal([]);
    expect(await itemsOf(`group=${first.groupId}&state=discarded`)).to.deep.equal([]);
  });

  it('are shown with their saga, found by the key or by the body', async () => {
    const sagaId = await api.placed();
    await api.engine.happen(sagaId, 'order.created');
    const byKey = await parked(sagaId, '{');
    expect(byKey.saga).to.deep.equal({ status: 'running', state: 'reservingInventory', stuck: false });
    const byBody = await parked('no uuid', created(sagaId, ORDERED), { code: 'wrong-key' });
    expect(byBody).to.include({ sagaId }).and.have.property('saga').that.is.not.equal(null);
    const nobody = await parked(uuidv7(Date.now()), '{');
    expect(nobody.saga).to.equal(null);
    const { body } = await request(pathOf(byKey));
    expect(body.saga).to.deep.equal(byKey.saga);
    expect(body.links).to.include({ saga: `/v1/sagas/${sagaId}` });
  });

  it('are readable; viewers see no personal field', async () => {
    const sagaId = uuidv7(Date.now());
    const data = { ...ORDERED, amount: 'x', address: { line1: '17 Hidden Street' } };
    const letter = await parked(sagaId, created(sagaId, data));
    const read = async (as: 'viewer' | 'operator', one = letter) =>
      (await request(`${pathOf(one)}/message`, { as })).body.original;
    expect(await read('operator')).to.have.nested.property('json.data.address.line1', '17 Hidden Street');
    const shown = JSON.stringify(await read('viewer'));
    expect(shown).to.include('SKU-0001').and.include(sagaId);
    expect(shown).not.to.include('Hidden Street').and.not.to.include('ann@example.org');
    const text = await parked(sagaId, 'no JSON of ann@example.org');
    expect(await read('operator', text)).to.include({ format: 'text', truncated: false });
    expect(await read('viewer', text)).to.deep.equal({ format: 'hidden' });
    const bytes = await parked(sagaId, Buffer.from([0, 255, 17]));
    expect(await read('operator', bytes)).to.include({ format: 'hex', text: '00ff11' });
    const array = await parked(sagaId, '["ann@example.org"]');
    expect(JSON.stringify(await read('viewer', array))).not.to.include('ann');
  });

  it('show to the last byte what is sent, and send nothing else than the plan promised', async () => {
    const sagaId = uuidv7(Date.now());
    const value = created(sagaId, { ...ORDERED, amount: 4_990 });
    const letter = await parked(sagaId, value);
    const { body: plan } = await act(letter, 'resend', { dryRun: true });
    expect(plan.message).to.deep.include({
      topic: 'order-created',
      partition: partitionOf(sagaId),
      key: sagaId,
      headers: { 'content-type': 'application/cloudevents+json' },
      base64: Buffer.from(value).toString('base64'),
    });
    expect(plan.planHash).to.match(/^[0-9a-f]{64}$/);
    const edited = await act(letter, 'edit', { value: created(sagaId, { ...ORDERED, amount: 5_000 }) });
    expect(edited.status, JSON.stringify(edited.body)).to.equal(200);
    const stale = await act(letter, 'resend', { planHash: String(plan.planHash) });
    expect(stale.status).to.equal(412);
    expect(stale.body.type).to.equal('urn:problem:order-saga:plan-changed');
    const fresh = stale.body.plan as Body;
    expect(fresh.isEdited).to.equal(true);
    expect(came(sagaId)).to.deep.equal([]);
    const sent = await act(letter, 'resend', { planHash: String(fresh.planHash) });
    expect(sent.status, JSON.stringify(sent.body)).to.equal(200);
    const [record] = await arrived(sagaId, 1);
    expect(record?.value?.toString('base64')).to.equal((fresh.message as Body).base64);
    expect(record?.partition).to.equal(partitionOf(sagaId));
    expect(record?.key).to.equal(sagaId);
  });

  it('are corrected as their reader accepts it, beside the original bytes', async () => {
    const sagaId = uuidv7(Date.now());
    const broken = created(sagaId, { ...ORDERED, amount: 'much' });
    const letter = await parked(sagaId, broken);
    const still = await act(letter, 'edit', { value: broken });
    expect(still.status).to.equal(400);
    expect(String(still.body.detail)).to.include('invalid-data').and.include('amount');
    const other = created(uuidv7(Date.now()), { ...ORDERED, amount: 1 });
    expect((await act(letter, 'edit', { value: other })).status, 'another key').to.equal(400);
    const value = created(sagaId, { ...ORDERED, amount: 4_990 });
    const { body: dry } = await act(letter, 'edit', { value, dryRun: true });
    expect(dry.differences).to.deep.include({
      pointer: '/data/amount',
      kind: 'changed',
      before: 'much',
      after: 4_990,
    });
    expect(dry.changesIdentity).to.deep.equal([]);
    expect((await request(pathOf(letter))).body.edited, 'a dry run keeps nothing').to.equal(null);
    expect((await act(letter, 'edit', { value, planHash: String(dry.planHash) })).status).to.equal(200);
    const { body } = await request(pathOf(letter));
    expect(Buffer.from(String(body.base64), 'base64').toString()).to.equal(broken);
    expect(body.edited).to.include({ edits: 1, base64: Buffer.from(value).toString('base64') });
    expect((await entriesOf(sagaId)).map(({ action }) => action)).to.deep.equal(['edit-dead-letter']);
    expect((await act(letter, 'edit', { value, planHash: String(dry.planHash) })).status).to.equal(412);
    const [row] = await api.db.query<{ params: string }>(
      `SELECT params::text FROM orchestrator.actions WHERE saga_id = $1::uuid`,
      sagaId,
    );
    expect(row?.params, 'the audit keeps no body').to.include('/data/amount').and.not.include('4990');
  });

  it('become another message only when that is meant', async () => {
    const sagaId = uuidv7(Date.now());
    const letter = await parked(sagaId, created(sagaId, { ...ORDERED, amount: 1 }, 'another id'));
    const value = created(sagaId, { ...ORDERED, amount: 1 });
    const { body: dry } = await act(letter, 'edit', { value, dryRun: true });
    expect(dry.changesIdentity).to.have.length(1);
    expect(String(dry.changesIdentity)).to.match(/^id: "another id" becomes .* a second time/);
    const refused = await act(letter, 'edit', { value });
    expect(refused.status).to.equal(409);
    expect(String(refused.body.detail)).to.include('changesIdentity');
    expect((await act(letter, 'edit', { value, changesIdentity: true })).status).to.equal(200);
    const unreadable = await parked(sagaId, '{');
    const { body } = await act(unreadable, 'edit', { value, dryRun: true });
    expect(String(body.changesIdentity)).to.include('cannot be read');
  });

  it('of a topic whose schemas this API lacks are not corrected', async () => {
    const letter = await parked('alice', '{}', { topic: 'coupon-request' });
    const { status, body } = await act(letter, 'edit', { value: '{}' });
    expect(status).to.equal(409);
    expect(String(body.detail)).to.include('no schema of coupon-request');
  });

  it('are sent once by a request and its repeats, and by two requests at once', async () => {
    const sagaId = uuidv7(Date.now());
    const letter = await parked(sagaId, '{"a');
    const key = { 'idempotency-key': 'once' };
    const both = await Promise.all([act(letter, 'resend', {}, key), act(letter, 'resend', {}, key)]);
    expect(both.map(({ status }) => status)).to.include(200);
    const again = await act(letter, 'resend', {}, key);
    expect(again.status, JSON.stringify(again.body)).to.equal(200);
    expect((await act(letter, 'resend', { reason: 'another' }, key)).status).to.equal(422);
    expect((await act(letter, 'resend')).status, 'without its key').to.equal(409);
    await arrived(sagaId, 1);
    expect(await entriesOf(sagaId)).to.have.length(1);
    await parked(sagaId, '{"b');
    expect(came(sagaId)).to.have.length(1);
    expect(await api.db.query('SELECT 1 FROM orchestrator.dead_letter_claims')).to.deep.equal([]);
  });

  it('are discarded with a reason, once, and then sent only with force', async () => {
    const sagaId = uuidv7(Date.now());
    const letter = await parked(sagaId, '{"c');
    const { body: dry } = await act(letter, 'discard', { dryRun: true });
    const key = { 'idempotency-key': 'discard it' };
    const done = await act(letter, 'discard', { planHash: String(dry.planHash) }, key);
    expect(done.status, JSON.stringify(done.body)).to.equal(200);
    expect((await act(letter, 'discard', { planHash: String(dry.planHash) }, key)).status).to.equal(200);
    expect((await entriesOf(sagaId)).map(({ action }) => action)).to.deep.equal(['discard-dead-letter']);
    const [listed] = await itemsOf(`sagaId=${sagaId}&state=discarded`);
    expect(listed).to.include({ state: 'discarded' });
    expect(await itemsOf(`sagaId=${sagaId}&waiting=true`)).to.deep.equal([]);
    const refused = await act(letter, 'resend');
    expect(refused.status).to.equal(409);
    expect(String(refused.body.detail)).to.match(/discarded at .* set force/);
    expect((await act(letter, 'resend', { force: true })).status).to.equal(200);
    expect((await itemsOf(`sagaId=${sagaId}`))[0]).to.include({ state: 'resent', discardedAt: null });
    await arrived(sagaId, 1);
  });

  it('are no business of viewers, and every act is in a chain that holds', async () => {
    const letter = await parked(uuidv7(Date.now()), '{"d');
    for (const verb of ['resend', 'edit', 'discard']) {
      const answer = await request(`${pathOf(letter)}/${verb}`, {
        as: 'viewer',
        body: { reason: 'r', ...(verb === 'edit' && { value: '{}' }) },
      });
      expect(answer.status, verb).to.equal(403);
      expect(
        (await request(`/v1/dead-letters/0/999999/${verb}`, { body: { reason: 'r', value: '{}' } })).status,
      ).to.be.oneOf([400, 404]);
    }
    expect((await request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
  });
});
