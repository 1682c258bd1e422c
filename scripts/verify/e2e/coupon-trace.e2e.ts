/** A request for a coupon has one trace: from its caller through the brokers and an issuer to the customer's WebSocket. */
import { once } from 'node:events';
import { expect } from 'chai';
import type { Span } from '#scripts/operate/traces/spans.ts';
import { customerHolder, roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { type System, startSystem } from '#scripts/run/system.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type Collector, openCollector } from './collector.ts';

const CALLERS_SPAN = 'b7ad6b7169203331';
const HOPS = [
  'coupons: POST /v1/campaigns/:id/requests',
  'coupons: publish coupon.requested',
  'coupon-issuer: publish coupon.issued',
  'coupons: deliver issued over WebSocket',
];
const hopOf = ({ process, name }: Span) => `${process}: ${name}`;

describe('a request for a coupon', () => {
  let system: System;
  let collector: Collector;
  before(async () => {
    collector = await openCollector();
    const name = `coupon_trace_${process.pid}`;
    system = await startSystem({
      ...{ stack: 'test', prefix: `${name}.`, database: name, only: ['coupons', 'coupon-issuer'] },
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' },
    });
  });
  after(async () => {
    await system?.stop();
    collector?.close();
  });

  const call = async (path: string, as: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${system.urls['coupons']}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string> & { protocols: string[] };
  };

  it('has a span for every hop, each below the one before; a request that brings no trace leaves none', async () => {
    const operator = await tokenFor(roleHolder('operator'), 'test');
    const [ada, bob] = [
      await tokenFor(customerHolder('ada'), 'test'),
      await tokenFor(customerHolder('bob'), 'test'),
    ];
    const discount = { kind: 'percent', value: 10 };
    const { id: campaignId } = await call('/v1/campaigns', operator, { name: 'traced', total: 5, discount });
    const { protocols } = await call('/v1/coupon-results/tickets', ada, {});
    const url = `${system.urls['coupons']?.replace('http', 'ws')}/v1/coupon-results`;
    const socket = new WebSocket(url, protocols);
    const received: string[] = [];
    socket.addEventListener('message', ({ data }) => received.push(String(data)));
    await once(socket, 'open');
    socket.send(JSON.stringify({ users: ['ada'] }));
    await waitUntil(() => received.length > 0, Boolean, { what: 'the answer to the subscription' });

    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const path = `/v1/campaigns/${campaignId}/requests`;
    await call(path, bob, { userId: 'bob' });
    await call(path, ada, { userId: 'ada' }, { traceparent: `00-${traceId}-${CALLERS_SPAN}-01` });
    await waitUntil(() => received.some((text) => text.includes('issued')));
    socket.close();

    // The processes export apart from each other.
    const spans = await waitUntil(
      () => collector.spans.filter((span) => span.traceId === traceId),
      (some) => HOPS.every((hop) => some.some((span) => hop === hopOf(span))),
      { what: 'every hop in the trace' },
    );
    const ids = new Set(spans.map(({ id }) => id));
    expect(ids.size, 'each span once').to.equal(spans.length);
    const orphans = spans.filter(({ parentId }) => parentId !== CALLERS_SPAN && !ids.has(parentId ?? ''));
    expect(orphans.map(({ name }) => name)).to.deep.equal([]);
    expect(new Set(collector.spans.map((span) => span.traceId))).to.deep.equal(new Set([traceId]));
  });
});
