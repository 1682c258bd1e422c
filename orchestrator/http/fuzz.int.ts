/** The order API under requests drawn from its own OpenAPI document. */

import { fuzzContract } from '#platform/http/testing/fuzz/fuzz.contract.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import { TerminalError } from '#protocol/errors.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { ORDER } from './testing/client.ts';
import { CHARGING, COMPLETED } from './testing/engine.ts';

const LETTERS = 6;
const MESSAGE = JSON.stringify({
  specversion: '1.0',
  id: '0199d3c4-0000-7000-8000-000000000000/order.created',
  type: 'order.created',
  source: '/orchestrator',
  time: '2026-11-30T03:00:00.000Z',
  subject: '0199d3c4-0000-7000-8000-000000000000',
  datacontenttype: 'application/json',
  data: { customerId: 'alice', items: [{ sku: 'SKU-0001', quantity: 2 }], currency: 'EUR' },
});
/** Acts of customers, of a shop's backend, and what people keep for themselves. */
const MAY_CHANGE = {
  placeOrder: ['service'],
  cancelOrder: ['customer', 'service'],
  startSaga: ['service'],
  createView: ['viewer', 'operator', 'admin'],
  replaceView: ['viewer', 'operator', 'admin'],
  deleteView: ['viewer', 'operator', 'admin'],
} as const;

describe('the order API, fuzzed from its document', () => {
  let api: TestApi;
  let sagaIds: string[];
  before(async () => {
    // No engine takes the orders, so they grow old.
    api = await startTestApi({ oldestMs: 3_600_000 });
    sagaIds = await seeded(api);
  });
  after(() => api?.close());

  fuzzContract(
    () => ({
      url: api.url,
      token: api.token,
      known: {
        sagaId: sagaIds,
        orderId: sagaIds,
        customerId: ['alice', 'some-customer'],
        sku: ['SKU-0001'],
        currency: ['EUR'],
        country: ['DE'],
        method: ['pm_card_visa'],
        name: ['order'],
        definition: ['order'],
        version: [1],
        state: ['chargingPayment', 'completed', 'open'],
        // Not intake: orders would be refused from then on.
        holds: ['payment.charge', 'shipping.prepare'],
        partition: [0],
        offset: [0, 1, 2, 3, 4, 5],
        etag: ['"1"', '"2"', '"3"'],
        topic: ['order-created'],
        code: ['invalid-data'],
        failureParticipant: ['payment'],
        failureCode: ['gateway-unavailable'],
      },
      samples: {
        placeOrder: [ORDER],
        startSaga: [ORDER],
        actOnDeadLetters: [
          { action: 'discard', filter: { state: 'open', topic: 'order-created' }, reason: 'mended' },
          { action: 'send', letters: ['0/1', '0/2'], force: true, perSecond: 500, reason: 'mended' },
          { action: 'send', letters: ['0/3'], reason: 'mended', dryRun: true },
        ],
        editDeadLetter: [{ value: MESSAGE, changesIdentity: true, reason: 'mended' }],
        actOnSaga: [
          { action: 'pause', reason: 'mended' },
          { action: 'retry', reason: 'mended', dryRun: true },
          { action: 'compensate', reason: 'mended', dryRun: true },
        ],
        createView: [
          { name: 'stuck ones', filter: { stuck: true }, sort: 'oldest', reason: 'mine' },
          { name: 'planned ones', filter: { stuck: true }, reason: 'mine', dryRun: true },
        ],
      },
      stored: async () => {
        const [counts] = await api.db.query(
          `SELECT (SELECT count(*) FROM orchestrator.orders)::int AS orders,
                  (SELECT count(*) FROM orchestrator.actions)::int AS actions,
                  (SELECT count(*) FROM orchestrator.saved_views)::int AS views,
                  (SELECT count(*) FROM orchestrator.brakes)::int AS brakes`,
        );
        return counts;
      },
    }),
    MAY_CHANGE,
  );
});

/** Sagas that wait, are paused and have ended, and dead letters. */
async function seeded(api: TestApi): Promise<string[]> {
  const ids: string[] = [];
  for (const moves of [[], ['order.created'], CHARGING, CHARGING, COMPLETED] as const) {
    const id = await api.placed({ customerId: 'some-customer' });
    await api.engine.happen(id, ...moves);
    ids.push(id);
  }
  const publisher = await openPublisher({ ...api.kafka, settings: ORDER_PRODUCER });
  const bodies = ['{', '{"id":1}', JSON.stringify({ type: 'order.created', subject: ids[0], data: {} })];
  const letters = Array.from({ length: LETTERS }, (_, i) =>
    deadLetter(
      {
        topic: 'order-created',
        partition: 0,
        offset: i,
        key: ids[i % ids.length] ?? '',
        value: Buffer.from(bodies[i % bodies.length] ?? ''),
        timestamp: 0,
      },
      new TerminalError('invalid-data', `amount: expected number, was ${i}`),
      'orchestrator',
      Date.now(),
    ),
  );
  await publisher.publish(letters);
  await publisher.close();
  await waitUntil(
    () => api.db.query('SELECT 1 FROM orchestrator.dead_letters'),
    (rows) => rows.length >= LETTERS,
  );
  return ids;
}
