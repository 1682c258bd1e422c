/** Failures of the command line as data, and the Idempotency-Key by which an act without an answer is repeated. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { startTestApi, type TestApi } from '../http/testing/api.ts';
import { CHARGING } from '../http/testing/engine.ts';
import { runSaga } from './testing/terminal.ts';

describe('a failure of the saga command', () => {
  let api: TestApi;
  let id: string;
  before(async () => {
    api = await startTestApi();
    id = await api.placed();
    await api.engine.happen(id, ...CHARGING);
  });
  after(() => api?.close());

  const failureOf = async (args: string[]) => {
    const { code, out, err } = await runSaga(api, [...args, '-o', 'json']);
    const { error } = JSON.parse(err.split('\n').at(-1) ?? '') as {
      error: { kind: string; exitCode: number; message: string; type?: string; nextSteps: string[] };
    };
    expect(error.exitCode).to.equal(code);
    return { out, ...error };
  };

  it('is data with what leads on, for programs', async () => {
    const unknown = '0199d3c4-0000-7000-8000-000000000000';
    expect(await failureOf(['get', unknown])).to.deep.include({
      kind: 'notFound',
      exitCode: 5,
      type: 'urn:problem:order-saga:not-found',
    });
    const usage = await failureOf(['list', '--status', 'lost']);
    expect(usage).to.include({ kind: 'usage', exitCode: 2, out: '' });
    expect(usage.nextSteps).to.include('saga list --help');
    const planned = await failureOf(['retry', id, '--reason', 'x']);
    expect(planned.kind).to.equal('planned');
    expect(JSON.parse(planned.out)).to.include({ outcome: 'applies' });
    expect(planned.nextSteps[0]).to.match(/saga -- retry .* --plan [0-9a-f]{64} --yes$/);
    const away = await failureOf(['get', id, '--url', 'http://127.0.0.1:1']);
    expect(away).to.include({ kind: 'failure', exitCode: 1 });
    expect(await failureOf(['list', '--token', 'nonsense'])).to.include({ kind: 'auth', exitCode: 4 });
  });
});

describe('an act of the saga command', () => {
  let server: Server;
  let url: string;
  let seen: IncomingMessage[] = [];
  before(async () => {
    server = createServer((request, response) => {
      seen.push(request);
      response.setHeader('content-type', 'application/json');
      // The act itself gets no answer.
      request.resume().on('end', () => {
        if (request.headers['idempotency-key'] !== undefined) request.socket.destroy();
        else
          response.end(
            JSON.stringify({ holds: 'payment.charge', inForce: false, ahead: null, countsWithinMs: 1000 }),
          );
      });
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server?.close());
  beforeEach(() => {
    seen = [];
  });

  const set = (...more: string[]) => {
    const api = { url, token: async () => 'x' } as unknown as TestApi;
    return runSaga(api, ['brake', 'set', 'payment.charge', '--reason', 'x', '--yes', '-o', 'json', ...more]);
  };

  it('bears an Idempotency-Key, which its plan does not, and says how to repeat it where no answer came', async () => {
    const { code, err } = await set();
    expect(code).to.equal(1);
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).to.have.length(2);
    expect(keys[0]).to.equal(undefined);
    expect(err).to.include(`--idempotency-key ${keys[1]}`);
    await set('--idempotency-key', String(keys[1]));
    expect(seen.at(-1)?.headers['idempotency-key']).to.equal(keys[1]);
  });
});
