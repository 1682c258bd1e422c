/** The coupon API's process: health, metrics, and a clean shutdown under load with open sockets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { requestsTo, type SendRequest } from '#platform/http/testing/client.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { listening } from './testing/socket.ts';
import { madeCampaign, openWorld, requested, type World } from './testing/world.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

describe('the coupon API’s process', () => {
  let world: World;
  let running: TestProcess;
  let folder: string;
  let api: { url: string; request: SendRequest };

  before(async () => {
    const text = 'a secret of the tests, of at least thirty-two characters';
    world = await openWorld(new TextEncoder().encode(text));
    folder = mkdtempSync(join(tmpdir(), 'coupons-'));
    writeFileSync(join(folder, 'secret'), text);
    running = await startProcess(MAIN, {
      KAFKA_BROKERS: world.topics.brokers,
      KAFKA_PREFIX: world.topics.prefix,
      DATABASE_URL: world.test.url,
      REDIS_URL: world.redisUrl,
      AUTH_SECRET_FILE: join(folder, 'secret'),
    });
    api = { url: running.url, request: requestsTo(running.url, world.token) };
  });
  after(async () => {
    await running.end('SIGKILL');
    rmSync(folder, { recursive: true });
    await world.close();
  });

  it('accepts requests and delivers their results', async () => {
    const campaign = await madeCampaign(api);
    const socket = await listening(api, 'customer', 'ada', { users: ['ada'] });
    const id = await requested(api, campaign, 'ada');
    await world.decide(1);
    const [result] = await socket.resultsReceived(1);
    expect(result).to.include({ requestId: id, status: 'issued' });
    socket.socket.close();
  });

  it('exports its metrics', async () => {
    const metrics = await (await fetch(`${running.url}/metrics`)).text();
    expect(metrics).to.match(/coupon_requests_total\{outcome="accepted"\} 1/);
    expect(metrics).to.match(
      /http_request_duration_seconds_count\{.*route="\/v1\/campaigns\/:id\/requests".*\} 1/,
    );
    expect(metrics).to.match(/websocket_connections \d/);
    expect((await fetch(`${running.url}/livez`)).status).to.equal(200);
  });

  it('answers every request before it ends, and closes its sockets with 1001', async () => {
    const campaign = await madeCampaign(api, { total: 1_000 });
    const socket = await listening(api, 'customer', 'ada');
    const answers = Array.from({ length: 500 }, (_, i) =>
      api.request(`/v1/campaigns/${campaign}/requests`, { body: { userId: `user-${i}` } }).catch(() => null),
    );
    await Promise.race(answers);
    expect(await running.end('SIGTERM'), running.output()).to.equal(0);
    expect((await socket.closed()).code).to.equal(1001);
    const statuses = (await Promise.all(answers)).map((answer) => answer?.status ?? 'refused');
    const accepted = statuses.filter((status) => status === 202).length;
    expect(
      statuses.filter((status) => status !== 202 && status !== 503 && status !== 'refused'),
    ).to.deep.equal([]);
    // The brokers hold every request that got 202.
    await world.decide(accepted);
    const [row] = await world.test.db.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM coupon.coupons WHERE campaign_id = $1::uuid',
      campaign,
    );
    expect(row?.count).to.be.at.least(accepted);
    expect(running.output()).not.to.match(/eyJ|ticket\./);
  });
});
