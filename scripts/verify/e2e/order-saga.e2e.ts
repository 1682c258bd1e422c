/** The order saga on the whole system: forward, back, under duplicates, and through restarts. */
import { readdir } from 'node:fs/promises';
import { expect } from 'chai';
import { controlOf } from '#participants/payment/testing/simulator.ts';
import { DEAD_LETTERS, TOPICS } from '#protocol/topics.ts';
import type { Span } from '#scripts/operate/traces/spans.ts';
import { WEBHOOK } from '#scripts/run/processes.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { type Collector, openCollector } from './collector.ts';
import { publishAll, readTopics } from './kafka.ts';
import { ORDER_PROCESSES, openShop, type Shop, type Wanted, WITH_GATEWAY } from './shop.ts';

/** The kinds of the benchmark's mix, and the expected end of each. */
const KINDS: ReadonlyArray<{ wanted: Wanted; status: string; reason?: string }> = [
  { wanted: {}, status: 'completed' },
  { wanted: { method: 'pm_card_chargeDeclined' }, status: 'failed', reason: 'payment.declined' },
  { wanted: { sku: 'sold-out-mug' }, status: 'failed', reason: 'inventory.refused' },
  { wanted: { country: 'AQ' }, status: 'failed', reason: 'shipping.refused' },
];

/** Orders of each round in which every id is another. */
const STRANGE = 60;

describe('an order', () => {
  let shop: Shop;
  let collector: Collector;
  const ledger = () =>
    verifyLedger({
      databaseUrl: shop.databaseUrl,
      gatewayUrl: shop.system.urls['gateway'] ?? '',
      gatewayKey: 'sk_test_local',
    });

  const balanced = async () => {
    const broken = (await ledger()).filter((invariant) => invariant.violations > 0);
    expect(broken, JSON.stringify(broken, null, 2)).to.deep.equal([]);
  };

  before(async () => {
    collector = await openCollector();
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' };
    shop = await openShop('saga', { gateway: 'simulator', only: WITH_GATEWAY, environment });
  });
  after(async () => {
    await shop?.stop();
    collector.close();
  });

  it('ends as its kind demands, and the ledger holds', async () => {
    const ids = await shop.placeMany(60, (i) => KINDS[i % KINDS.length]?.wanted ?? {});
    const ended = await shop.ended(ids);
    for (const [i, order] of ended.entries()) {
      const kind = KINDS[i % KINDS.length];
      expect(order.status, order.orderId).to.equal(kind?.status);
      expect(order.reason, order.orderId).to.equal(kind?.reason);
    }
    await balanced();
  });

  const spansOf = (traceId: string) => collector.spans.filter((span) => span.traceId === traceId);
  /** The trace, once these spans have come, and where it is a caller's, the parents of all: each process exports its own when it likes. */
  const traceWith = (traceId: string, names: string[], callersSpan?: string) =>
    waitUntil(
      async () => spansOf(traceId),
      (spans) => {
        const ids = new Set([callersSpan, ...spans.map(({ id }) => id)]);
        const hasParent = ({ parentId }: Span) => ids.has(parentId ?? '');
        return (
          names.every((wanted) => spans.some(({ name }) => name === wanted)) &&
          (callersSpan === undefined || spans.every(hasParent))
        );
      },
      { what: `a trace with ${names.join(', ')}, and parents` },
    );

  it('has one trace through every process, with its caller’s and with an attempt that failed', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const callersSpan = 'b7ad6b7169203331';
    const gateway = controlOf(shop.system.urls['gateway'] ?? '', 'sk_test_local');
    await gateway.behave({ on: ['confirm'], next: 1, errorRate: 1 });
    await shop.place({}, undefined, { traceparent: `00-${traceId}-${callersSpan}-01` });
    const spans = await traceWith(
      traceId,
      [
        'POST /v1/orders',
        'group commit',
        'publish order.created',
        'handle order.created',
        'read sagas',
        'step',
        'write moves',
        'publish inventory.reserve',
        'handle inventory.reserve',
        'transaction',
        'gateway create',
        'gateway retrieve',
        'publish payment.charged',
        'handle payment.charged',
        'handle shipping.prepare',
        'handle order.completed',
        'send mails',
      ],
      callersSpan,
    );
    const ids = new Set(spans.map(({ id }) => id));
    expect(spans.length, 'each span once').to.equal(ids.size);
    expect(new Set(spans.map(({ process }) => process))).to.deep.equal(new Set(ORDER_PROCESSES));
    const attempts = spans.filter(({ name }) => name === 'attempt charge');
    expect(attempts.map(({ failure }) => failure)).to.deep.equal(['gateway-error', null]);
  });

  it('that fails leaves a trace from its failure on, also where none was wanted; a good one leaves none', async () => {
    const [good = '', declined = ''] = [
      await shop.place({}),
      await shop.place({ method: 'pm_card_chargeDeclined' }),
    ];
    await shop.ended([good, declined]);
    await traceWith(declined.replaceAll('-', ''), [
      'attempt charge',
      'publish payment.declined',
      'handle payment.declined',
      'publish inventory.release',
      'handle inventory.release',
      'handle inventory.released',
      'handle order.failed',
      'send mails',
    ]);
    expect(spansOf(good.replaceAll('-', ''))).to.deep.equal([]);
  });

  it('adds no time series of its own, and neither do its customer, its address, or a path of strangers', async () => {
    const { urls } = shop.system;
    const metrics = async () => {
      const texts = await Promise.all(
        Object.entries(urls)
          .filter(([name]) => name !== WEBHOOK.name)
          .map(async ([, url]) => (await fetch(`${url}/metrics`)).text()),
      );
      return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '' && !line.startsWith('#'));
    };
    const seen: string[] = [];
    const unique = () => {
      seen.push(crypto.randomUUID());
      return seen.at(-1) ?? '';
    };
    const strange = async () => {
      const ids = await shop.placeMany(STRANGE, (i) => ({
        ...(KINDS[i % KINDS.length]?.wanted ?? {}),
        ...{ customerId: unique(), line1: unique() },
      }));
      seen.push(...ids);
      await shop.ended(ids);
      const api = urls['api'];
      for (const path of [unique(), `v1/${unique()}`, `v1/orders/${unique()}`, `v1/sagas/${unique()}`])
        await fetch(`${api}/${path}?${unique()}=1`, { method: 'PATCH' });
      await shop.post(`/v1/definitions/${unique()}/sagas`, {});
      return (await metrics()).length;
    };
    // A loaded machine meets its first retries and slow answers late, and each has series of its own.
    // A series of every order would come with every round.
    let before = await strange();
    const added: number[] = [];
    do {
      const after = await strange();
      added.push(after - before);
      before = after;
    } while ((added.at(-1) ?? 0) >= STRANGE && added.length < 4);
    expect(added.at(-1), `added by each round: ${added}`).to.be.below(STRANGE);
    const text = (await metrics()).join('\n');
    expect(seen.filter((id) => text.includes(id))).to.deep.equal([]);
  });

  it('is answered once for one Idempotency-Key', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, () => shop.place({ customerId: 'grace' }, 'the-same-key')),
    );
    expect(new Set(ids).size).to.equal(1);
    await shop.ended(ids.slice(0, 1));
  });

  it('is not done again when every message of every topic comes a second time', async () => {
    const ids = await shop.placeMany(20, (i) => KINDS[i % KINDS.length]?.wanted ?? {});
    const before = await shop.ended(ids);
    const mails = (await mailsOf(shop)).length;
    const topics = TOPICS.map(({ name }) => name).filter((name) => name !== DEAD_LETTERS);
    const records = await readTopics(shop.system.addresses.kafka, shop.prefix, topics);
    expect(records.length).to.be.greaterThan(100);
    await publishAll(shop.system.addresses.kafka, shop.prefix, records);
    expect(await shop.ended(ids)).to.deep.equal(before);
    await balanced();
    expect((await mailsOf(shop)).length).to.equal(mails);
  });

  for (const victim of ['engine', 'inventory', 'payment', 'shipping', 'api', 'gateway']) {
    it(`survives kill -9 of ${victim} with orders under way`, async () => {
      const ids = await shop.placeMany(40, (i) => KINDS[i % KINDS.length]?.wanted ?? {});
      shop.system.kill(victim, 'SIGKILL');
      await shop.system.restart(victim);
      await shop.ended(ids, 60_000);
      await balanced();
    });
  }
});

async function mailsOf(shop: Shop): Promise<string[]> {
  const files = await readdir(shop.system.mail, { recursive: true });
  return files.filter((file) => file.endsWith('.eml'));
}
