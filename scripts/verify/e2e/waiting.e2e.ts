/** Waiting is not failing: queues fail no order, slow gateways fail safely, and a stuck saga is brought to its end. */
import { expect } from 'chai';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { readTopics } from './kafka.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

const STEP_TIMEOUT_MS = 4_000;
const STOPPED_MS = 5 * STEP_TIMEOUT_MS;
const COMMANDS = ['inventory-requested', 'payment-requested', 'shipping-requested'];

interface Listed {
  readonly items: ReadonlyArray<{ readonly sagaId: string; readonly state: string }>;
}

describe('with step time-outs of four seconds', () => {
  let shop: Shop;
  before(async () => {
    const environment = { STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) };
    shop = await openShop('waiting', {
      gateway: 'simulator',
      only: WITH_GATEWAY,
      environment,
      restarts: false,
    });
  });
  after(() => shop?.stop());

  const behave = async (behaviour: object) => {
    const answer = await fetch(`${shop.system.urls['gateway']}/_sim/behaviour`, {
      method: 'PUT',
      headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/json' },
      body: JSON.stringify(behaviour),
    });
    expect(answer.ok, await answer.text()).to.equal(true);
  };
  const balanced = async () => {
    const gatewayUrl = shop.system.urls['gateway'];
    const broken = (await verifyLedger({ databaseUrl: shop.databaseUrl, gatewayUrl })).filter(
      (one) => one.violations > 0,
    );
    expect(broken, JSON.stringify(broken, null, 2)).to.deep.equal([]);
  };

  for (const victim of ['payment', 'engine']) {
    it(`fails no order and sends no command twice while ${victim} is away for five time-outs`, async () => {
      shop.system.kill(victim, 'SIGKILL');
      const ids: string[] = [];
      const until = Date.now() + STOPPED_MS;
      // Steady orders during the outage: fewer in all than a cold process charges within a time-out.
      while (Date.now() < until) {
        ids.push(...(await shop.placeMany(1, () => ({}))));
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      await shop.system.restart(victim);
      const ended = await shop.ended(ids, 60_000);
      const failed = ended.filter(({ status }) => status !== 'completed');
      expect(failed, JSON.stringify(failed.slice(0, 3))).to.deep.equal([]);
      const sent = await readTopics(shop.system.addresses.kafka, shop.prefix, COMMANDS);
      const own = sent
        .filter(({ key }) => ids.includes(key))
        .map(({ value }) => (JSON.parse(String(value)) as { id: string }).id);
      expect(own.length).to.equal(ids.length * 4);
      expect(new Set(own).size).to.equal(own.length);
      await balanced();
    });
  }

  it('refunds a charge that came too late: the gateway’s own ledger balances to nothing', async () => {
    await behave({ chargeFirstThenAnswerAfterMs: 3 * STEP_TIMEOUT_MS, on: ['confirm'] });
    const ids = await shop.placeMany(20, () => ({}));
    const ended = await shop.ended(ids, 60_000);
    await behave({});
    expect(ended.every(({ status }) => status === 'failed')).to.equal(true);
    expect(new Set(ended.map(({ reason }) => reason))).to.deep.equal(new Set(['charge.timed-out']));
    await balanced();
    const history = await shop.get<{ events: Array<{ kind: string; type?: string }> }>(
      `/v1/sagas/${ids[0]}/history`,
    );
    expect(
      history.events.some(({ kind, type }) => kind === 'unmatched' && type === 'payment.charged'),
      JSON.stringify(history),
    ).to.equal(true);
  });

  it('marks a saga stuck whose refund cannot be made, previews its retry exactly, and ends it', async () => {
    await behave({ outage: 'refuse', on: ['refund', 'list', 'cancel', 'retrieve'] });
    const [id = ''] = await shop.placeMany(1, () => ({ country: 'AQ' }));
    await waitUntil(
      () => shop.get<Listed>('/v1/sagas?stuck=true'),
      ({ items }) => items.some(({ sagaId }) => sagaId === id),
    );
    const plan = { action: 'retry', reason: 'the gateway comes back', dryRun: true };
    const saga = await fetch(`${shop.system.urls['api']}/v1/sagas/${id}`, { headers: await shop.operator() });
    const tag = { 'if-match': saga.headers.get('etag') ?? '' };
    const planned = await shop.post(`/v1/sagas/${id}/actions`, plan, tag);
    expect(planned.status).to.equal(200);
    expect(JSON.stringify(await planned.json())).to.contain(`${id}/payment.refund`);
    expect((await shop.order(id)).status).to.equal('compensating');
    const acted = await shop.post(`/v1/sagas/${id}/actions`, { ...plan, dryRun: false }, tag);
    expect(acted.status).to.equal(202);
    // Only now: a refund that came late would end the saga before the plan is applied.
    await behave({});
    const [ended] = await shop.ended([id]);
    expect(ended?.status).to.equal('failed');
    const history = JSON.stringify(await shop.get(`/v1/sagas/${id}/history`));
    expect(history).to.contain('the gateway comes back').and.to.contain('local-operator');
    await balanced();
  });
});
