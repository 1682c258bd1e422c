/** Off a terminal and without --yes no verb of the program changes anything: each act shows its plan, and ends with 3. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Command } from 'commander';
import {
  madeCampaign,
  openWorld,
  requested,
  type TestCouponApi,
  type World,
} from '#participants/coupon/api/testing/world.ts';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import { deadLetter } from '#protocol/dead-letter.ts';
import { TerminalError } from '#protocol/errors.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING, COMPLETED } from '../http/testing/engine.ts';
import { nextSagas } from '../sagas/order/testing/next.ts';
import { engineStore } from '../store/engine-store.ts';
import { type Alive, reportAlive } from '../store/report-alive.ts';
import { program } from './program.ts';
import { openRecordingProxy, type RecordingProxy } from './testing/recording-proxy.ts';
import { type Ran, runSaga } from './testing/terminal.ts';

const VERSIONS = [
  { name: 'order', version: 1 },
  { name: 'order', version: 2 },
];
/** They change the caller's own file alone, which says where servers are. */
const OF_THE_CALLER = ['profile add', 'profile use', 'profile remove'];

/** The words of every verb that the program has, with whether it takes --yes. */
function verbsOf(
  command: Command,
  above: readonly string[] = [],
): Array<{ words: string; takesYes: boolean }> {
  if (command.commands.length > 0)
    return command.commands.flatMap((one) => verbsOf(one, [...above, one.name()]));
  return [{ words: above.join(' '), takesYes: command.options.some(({ long }) => long === '--yes') }];
}

const nothing = {
  environment: {},
  local: { url: async () => null, token: async () => '' },
  ...{ out: () => {}, say: () => {}, ask: null, now: Date.now, pause: async () => {} },
  signal: new AbortController().signal,
};
const VERBS = verbsOf(program(nothing, 'table'));

describe('every verb of the saga command, off a terminal', () => {
  let api: TestApi;
  let world: World;
  let coupons: TestCouponApi;
  let proxies: { readonly orders: RecordingProxy; readonly coupons: RecordingProxy };
  let folder: string;
  let alive: Alive;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'planned-acts-'));
    api = await startTestApi({ define: nextSagas });
    world = await openWorld();
    coupons = await world.api();
    alive = await reportAlive(api.db, 'next', VERSIONS, () => Date.now(), silent);
    proxies = {
      orders: await openRecordingProxy(api.url),
      coupons: await openRecordingProxy(coupons.url),
    };
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await proxies.orders.close();
    await proxies.coupons.close();
    await alive.close();
    await world.close();
    await api.close();
  });

  const changes = () => [...proxies.orders.changes, ...proxies.coupons.changes];
  const plans = () => [...proxies.orders.plans, ...proxies.coupons.plans];
  async function run(words: string, args: readonly string[]): Promise<Ran> {
    const isOfCoupons = /^(campaign|coupon) /.test(words);
    const SAGA_TOKEN = await (isOfCoupons ? world : api).token('admin', 'anna');
    return runSaga(api, [...words.split(' '), ...args], {
      environment: { SAGA_URL: proxies.orders.url, SAGA_COUPONS_URL: proxies.coupons.url, SAGA_TOKEN },
      profileFolder: folder,
    });
  }
  /** Does it at the API itself, so that no proxy records it. */
  async function done(path: string, body: object): Promise<Record<string, unknown>> {
    const { status, body: answer } = await api.request(path, {
      as: 'admin',
      subject: 'anna',
      body: { reason: 'a test', ...body },
    });
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  const charging = async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
    return id;
  };
  const completed = async () => {
    const id = await api.placed();
    await api.engine.happen(id, ...COMPLETED);
    return id;
  };
  const ofVersion1 = async () => {
    await done('/v1/definitions/order/activations', { version: 1 });
    // The intake follows within a second.
    const { id } = await waitUntil(
      async () => {
        const placed = await charging();
        const { body } = await api.request(`/v1/sagas/${placed}`, { as: 'viewer' });
        return { id: placed, version: body.definitionVersion };
      },
      ({ version }) => version === 1,
    );
    await done('/v1/definitions/order/activations', { version: 2 });
    return id;
  };
  const paused = async () => {
    const id = await charging();
    const { body } = await api.request(`/v1/sagas/${id}`, { as: 'viewer' });
    const { status } = await api.request(`/v1/sagas/${id}/actions`, {
      as: 'operator',
      body: { action: 'pause', reason: 'a test' },
      headers: { 'if-match': `"${body.revision}"` },
    });
    if (status !== 202) throw new Error(`a pause was answered ${status}`);
    const control = () => api.published.filter(({ topic, key }) => topic === 'saga-control' && key === id);
    await api.engine.take(await waitUntil(control, (records) => records.length > 0));
    return id;
  };
  const withIncident = async () => {
    const id = await completed();
    await engineStore(api.db).raiseIncident(id, { code: 'parked', text: 'x', at: null }, new Date());
    return id;
  };
  const batch = async (...actions: string[]) => {
    const { batchId } = await done('/v1/batches', { action: 'retry', sagaIds: [await charging()] });
    for (const action of actions) await done(`/v1/batches/${batchId}/actions`, { action });
    return String(batchId);
  };
  const parkedLetter = async (key: string = randomUUID()) => {
    const publisher = await openPublisher({ ...api.kafka, settings: ORDER_PRODUCER });
    const record = {
      topic: 'order-created',
      partition: 0,
      offset: 1,
      timestamp: 0,
      key,
      // Another one each: the same message that is parked again and again is refused.
      value: Buffer.from(`{${key}`),
    };
    await publisher.publish([deadLetter(record, new TerminalError('not-json', 'x'), 'orchestrator', 0)]);
    await publisher.close();
    const [found] = await waitUntil(
      async () =>
        (await api.request(`/v1/dead-letters?sagaId=${key}`, { as: 'viewer' })).body.items as Array<{
          partition: number;
          offset: number;
        }>,
      (items) => items.length > 0,
    );
    return `${found?.partition}/${found?.offset}`;
  };
  const view = async () => String((await done('/v1/views', { name: randomUUID(), filter: {} })).viewId);
  /** A brake stays in force; none of these commands is used by another verb here. */
  const brake = async () => String((await done('/v1/brakes', { holds: 'coupon.restore' })).brakeId);
  const apiKey = async () => String((await done('/v1/api-keys', { holder: 'some-shop' })).keyId);
  const erasure = async () => String((await done('/v1/erasures', { customerId: randomUUID() })).erasureId);
  const profile = async () => {
    const name = `p-${randomUUID()}`;
    await run('profile add', [name, '--url', api.url]);
    return name;
  };
  const CASH = JSON.stringify({ chargeId: 'cash-1', amount: 4_990, currency: 'EUR' });
  const CARD = JSON.stringify({ payment: { method: 'pm_card_mastercard' } });

  /** What each verb is tried with. */
  const samples: Readonly<Record<string, () => Promise<readonly string[]>>> = {
    list: async () => [],
    counts: async () => [],
    get: async () => [await charging()],
    history: async () => [await charging()],
    why: async () => [await charging()],
    graph: async () => [await charging()],
    watch: async () => [await completed()],
    compensations: async () => [],
    participants: async () => [],
    'view list': async () => [],
    'view save': async () => ['some', '--stuck'],
    'view delete': async () => [await view()],
    retry: async () => [await charging()],
    compensate: async () => [await charging()],
    pause: async () => [await charging()],
    resume: async () => [await paused()],
    skip: async () => [await charging(), '--evidence', 'a receipt', '--result', CASH],
    edit: async () => [await charging(), '--input', CARD],
    migrate: async () => [await ofVersion1(), '--to-version', '2'],
    resolve: async () => [await withIncident()],
    cancel: async () => [await charging()],
    'batch plan': async () => ['retry', await charging()],
    'batch run': async () => ['retry', await charging()],
    'batch list': async () => [],
    'batch get': async () => [await batch()],
    'batch items': async () => [await batch()],
    'batch watch': async () => [await batch('cancel')],
    'batch export': async () => [await batch()],
    'batch pause': async () => [await batch()],
    'batch resume': async () => [await batch('pause')],
    'batch cancel': async () => [await batch()],
    'brake list': async () => [],
    'brake get': async () => [await brake()],
    'brake set': async () => ['shipping.cancel'],
    'brake release': async () => [
      String(
        ((await api.request('/v1/brakes', { as: 'viewer' })).body.items as Array<{ brakeId: string }>)[0]
          ?.brakeId,
      ),
      ...['--rps', '5'],
    ],
    'dead-letter list': async () => [],
    'dead-letter groups': async () => [],
    'dead-letter get': async () => [await parkedLetter()],
    'dead-letter send': async () => [await parkedLetter()],
    'dead-letter resend': async () => [await parkedLetter()],
    'dead-letter discard': async () => [await parkedLetter()],
    'dead-letter edit': async () => {
      const key = randomUUID();
      return [await parkedLetter(key), '--value', created(key), '--changes-identity'];
    },
    'audit list': async () => [],
    'audit export': async () => [],
    'audit verify': async () => [],
    'definitions list': async () => [],
    'definitions activate': async () => ['order', '1'],
    'campaign list': async () => [],
    'campaign get': async () => [await madeCampaign(coupons)],
    'campaign create': async () => ['Opening', '--total', '10', '--percent', '5'],
    'campaign close': async () => [await madeCampaign(coupons)],
    'coupon get': async () => [await requested(coupons, await madeCampaign(coupons), 'ada')],
    'api-key create': async () => ['--holder', 'some-shop'],
    'api-key list': async () => [],
    'api-key revoke': async () => [await apiKey()],
    'token end': async () => ['ada'],
    'token list': async () => [],
    'erasure request': async () => ['ada'],
    'erasure get': async () => [await erasure()],
    'profile list': async () => [],
    'profile add': async () => ['some', '--url', api.url],
    'profile use': async () => [await profile()],
    'profile remove': async () => [await profile()],
    completion: async () => ['bash'],
  };

  it('has a sample here', () => {
    expect(VERBS.map(({ words }) => words).sort()).to.deep.equal(Object.keys(samples).sort());
  });

  for (const { words, takesYes } of VERBS) {
    if (takesYes)
      it(`saga ${words} shows its plan, and changes something with --yes alone`, async () => {
        const args = [...((await samples[words]?.()) ?? []), '--reason', 'a test'];
        const [changed, planned] = [changes(), plans()];
        const shown = await run(words, args);
        expect(shown.code, shown.err).to.equal(3);
        expect(shown.out, 'the plan').not.to.equal('');
        expect(shown.err).to.match(
          /^Nothing was done\. This applies the plan: npm run -s saga -- .* --yes$/m,
        );
        expect(changes()).to.deep.equal(changed);
        expect(plans().length).to.equal(planned.length + 1);
        await run(words, [...args, '--yes']);
        expect(changes().length, 'it acts with --yes').to.equal(changed.length + 1);
      });
    else
      it(`saga ${words} changes nothing`, async () => {
        const args = (await samples[words]?.()) ?? [];
        const changed = changes();
        const { code, out, err } = await run(words, args);
        expect([0, 3], err).to.include(code);
        expect(OF_THE_CALLER.includes(words) || out !== '' || err !== '').to.equal(true);
        expect(changes()).to.deep.equal(changed);
      });
  }
});

/** A corrected body. */
function created(sagaId: string): string {
  return JSON.stringify({
    ...{ specversion: '1.0', id: `${sagaId}/order.created`, type: 'order.created', subject: sagaId },
    ...{ source: '/orchestrator', time: '2026-11-30T03:00:00.000Z', datacontenttype: 'application/json' },
    data: { customerId: 'ann', items: [{ sku: 'SKU-0001', quantity: 1 }], currency: 'EUR', amount: 4_990 },
  });
}
