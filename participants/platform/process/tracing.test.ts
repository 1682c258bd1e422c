/** Spans as a collector receives them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { exportRequest, spansIn } from '#scripts/operate/traces/spans.ts';
import { isChosen, isTracing, openTracing, recordSpan } from './tracing.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('tracing', () => {
  let server: Server;
  let url: string;
  let bodies: string[];
  before(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        bodies.push(body);
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    bodies = [];
  });
  after(() => {
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    server.close();
    server.closeAllConnections();
  });

  const open = (more: Record<string, string> = {}) => {
    // The exporter reads the standard's variables from the process.
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
    return openTracing('payment', { OTEL_EXPORTER_OTLP_ENDPOINT: url, ...more });
  };
  const span = (name: string, more: object = {}) => ({
    name,
    kind: 'client' as const,
    traceId: TRACE,
    id: 'b7ad6b7169203331',
    startedAt: performance.now() - 20,
    ...more,
  });

  it('is off without a collector: nothing is recorded, and no request is chosen', async () => {
    const tracing = await openTracing('payment', {});
    recordSpan(span('gateway create'));
    await tracing.close();
    expect([isTracing(), isChosen(TRACE), bodies.length]).to.deep.equal([false, false, 0]);
  });

  it('exports what has ended, with its process, its parent, its time and why it failed', async () => {
    const tracing = await open();
    recordSpan(span('gateway create', { parentId: '00f067aa0ba902b7', failure: 'gateway-error' }));
    recordSpan(span('gateway confirm', { id: '00f067aa0ba902b8', attributes: { 'saga.id': 'a saga' } }));
    await tracing.close();
    const [failed, good] = bodies.flatMap((body) => spansIn(exportRequest.parse(JSON.parse(body))));
    expect(failed).to.deep.include({
      ...{ name: 'gateway create', process: 'payment', traceId: TRACE, failure: 'gateway-error' },
      parentId: '00f067aa0ba902b7',
    });
    expect((failed?.endMs ?? 0) - (failed?.startMs ?? 0)).to.be.within(20, 1_000);
    expect(failed?.endMs).to.be.closeTo(Date.now(), 5_000);
    expect(good).to.deep.include({ parentId: null, failure: null, sagaId: 'a saga' });
    expect(isTracing()).to.equal(false);
  });

  it('chooses a share of the traces, the same in every process', async () => {
    const ids = Array.from({ length: 4_000 }, () => crypto.randomUUID().replaceAll('-', ''));
    const tracing = await open({ OTEL_TRACES_SAMPLER_ARG: '0.25' });
    const chosen = ids.filter(isChosen);
    await tracing.close();
    expect(chosen.length).to.be.within(850, 1_150);
    const another = await open({ OTEL_TRACES_SAMPLER_ARG: '0.5' });
    expect(chosen.filter(isChosen), 'whoever is chosen at a quarter is at a half').to.deep.equal(chosen);
    await another.close();
  });

  // Regression: a process that was to end waited for the collector until its own time ran out, and ended with 1.
  it('ends although the collector never answers', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${port}`;
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
    const tracing = await openTracing('payment', environment);
    recordSpan(span('gateway create'));
    const startedAt = performance.now();
    await tracing.close();
    // The exporter itself would wait for ten.
    expect(performance.now() - startedAt).to.be.below(9_000);
    silent.close();
    silent.closeAllConnections();
  });

  it('refuses a share that is none, by its name', async () => {
    const failure = await openTracing('payment', { OTEL_TRACES_SAMPLER_ARG: '2' }).catch(
      (error: Error) => error,
    );
    expect(String(failure)).to.include('OTEL_TRACES_SAMPLER_ARG');
  });
});
