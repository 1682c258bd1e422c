/**
 * People's actions with real participants: the finding of a revocation decides a skip, and a paused saga holds its
 * messages back.
 */
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { readTopics } from './kafka.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

interface Acted {
  readonly state: 'waiting' | 'applied' | 'refused';
  readonly detail?: string;
}

describe('people act on sagas', () => {
  let shop: Shop;
  let database: pg.Pool;
  before(async () => {
    shop = await openShop('people', { gateway: 'simulator', only: WITH_GATEWAY, restarts: false });
    database = new pg.Pool({ ...connectionTo(shop.databaseUrl), max: 1 });
  });
  after(async () => {
    await database?.end();
    await shop?.stop();
  });

  const behave = async (behaviour: object) => {
    const answer = await fetch(`${shop.system.urls['gateway']}/_sim/behaviour`, {
      method: 'PUT',
      headers: { authorization: 'Bearer sk_test_local', 'content-type': 'application/json' },
      body: JSON.stringify(behaviour),
    });
    expect(answer.ok, await answer.text()).to.equal(true);
  };
  const inState = (id: string, state: string) =>
    waitUntil(
      () => shop.order(id),
      (seen) => seen.state === state,
    );
  /** Acts on the saga as it stands now. @returns the path of the action */
  const act = async (id: string, request: object): Promise<string> => {
    const saga = await fetch(`${shop.system.urls['api']}/v1/sagas/${id}`, { headers: await shop.operator() });
    const tag = { 'if-match': saga.headers.get('etag') ?? '' };
    const answer = await shop.post(`/v1/sagas/${id}/actions`, { reason: 'a test', ...request }, tag);
    const body = (await answer.json()) as { actionId?: string };
    expect(answer.status, JSON.stringify(body)).to.equal(202);
    return `/v1/actions/${body.actionId}`;
  };
  const outcomeOf = (address: string) =>
    waitUntil(
      () => shop.get<Acted>(address),
      ({ state }) => state !== 'waiting',
    );
  const balanced = async () => {
    const gatewayUrl = shop.system.urls['gateway'];
    const verdicts = await verifyLedger({ databaseUrl: shop.databaseUrl, gatewayUrl });
    const broken = verdicts.filter((one) => one.violations > 0);
    expect(broken, JSON.stringify(broken, null, 2)).to.deep.equal([]);
  };

  it('skips a charge that was never made: it is forbidden first, and the gateway takes nothing', async () => {
    await behave({ outage: 'refuse', on: ['create', 'confirm', 'retrieve', 'cancel', 'list'] });
    const id = await shop.place({});
    await inState(id, 'chargingPayment');
    const evidence = 'paid by bank transfer, statement 42';
    const result = { chargeId: 'transfer-42', amount: 1290, currency: 'EUR' };
    const action = await act(id, { action: 'skip', evidence, result });
    // The gateway is still unreachable: a charge that never reached it is settled without it.
    const acted = await outcomeOf(action);
    expect(acted.state, acted.detail).to.equal('applied');
    await behave({});
    const [ended] = await shop.ended([id]);
    expect(ended?.status).to.equal('completed');
    const history = JSON.stringify(await shop.get(`/v1/sagas/${id}/history`));
    expect(history).to.contain(evidence).and.to.contain('local-operator');
    await balanced();
  });

  it('refuses to skip an executed step', async () => {
    shop.system.kill('shipping', 'SIGKILL');
    const id = await shop.place({});
    await inState(id, 'preparingShipping');
    const action = await act(id, {
      action: 'skip',
      evidence: 'carried there by hand',
      result: { shipmentId: 'by-hand' },
    });
    await shop.system.restart('shipping');
    const [ended] = await shop.ended([id]);
    expect(ended?.status).to.equal('completed');
    expect(await outcomeOf(action)).to.include({ state: 'refused' });
    const { rows } = await database.query('SELECT state FROM shipping.shipments WHERE saga_id = $1', [id]);
    expect(rows).to.have.length(1);
    await balanced();
  });

  it('holds the messages of a paused saga until it is resumed', async () => {
    shop.system.kill('shipping', 'SIGKILL');
    const id = await shop.place({});
    await inState(id, 'preparingShipping');
    expect(await outcomeOf(await act(id, { action: 'pause' }))).to.include({ state: 'applied' });
    await shop.system.restart('shipping');
    await inState(id, 'completed');
    const published = async () => {
      const events = await readTopics(shop.system.addresses.kafka, shop.prefix, ['order-completed']);
      return events.filter(({ key }) => key === id).length;
    };
    expect(await published(), 'while it is paused').to.equal(0);
    expect(await outcomeOf(await act(id, { action: 'resume' }))).to.include({ state: 'applied' });
    await waitUntil(published, (events) => events === 1);
    await waitUntil(
      async () =>
        (await database.query('SELECT 1 FROM notification.mails WHERE order_id = $1', [id])).rowCount,
      (mails) => mails === 1,
    );
    await balanced();
  });
});
