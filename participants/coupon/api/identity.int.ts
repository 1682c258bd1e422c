/** The coupon API's process: backends' API keys, and coupon addresses that outlive the rotation of the secrets that seal them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { requestsTo, type SendRequest } from '#platform/http/testing/client.ts';
import { newKey } from '#platform/identity/api-keys.ts';
import { refusedWithin } from '#platform/identity/testing/refused-within.ts';
import { startProcess, type TestProcess } from '#runtime/testing/process.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { madeCampaign, openWorld, requested, type World } from './testing/world.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
/** The promise is within seconds: fresh keys are read every two. */
const WITHIN_MS = 5_000;
const TOKENS = 'a secret of the tests’ tokens, of at least thirty-two characters';
const [OLD, NEW] = [
  'yesterday’s secret, of at least thirty-two characters',
  'today’s secret, of at least thirty-two characters',
];

describe('the coupon API’s process, for backends', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coupons-'));
  const keysFile = join(folder, 'address-keys');
  let world: World;
  let running: TestProcess;
  let api: { url: string; request: SendRequest };

  before(async () => {
    world = await openWorld(new TextEncoder().encode(TOKENS));
    writeFileSync(join(folder, 'secret'), TOKENS);
    writeFileSync(keysFile, OLD);
    running = await startProcess(MAIN, {
      KAFKA_BROKERS: world.topics.brokers,
      KAFKA_PREFIX: world.topics.prefix,
      DATABASE_URL: world.test.url,
      REDIS_URL: world.redisUrl,
      AUTH_SECRET_FILE: join(folder, 'secret'),
      COUPON_ADDRESS_KEYS_FILE: keysFile,
    });
    api = { url: running.url, request: requestsTo(running.url, world.token) };
  });
  after(async () => {
    await running.end('SIGKILL');
    rmSync(folder, { recursive: true });
    await world.close();
  });

  it('accepts an API key, and refuses it within seconds of its revocation', async () => {
    const { key, id, hash } = newKey();
    const [createdAt, expiresAt] = [new Date(), new Date(Date.now() + 3_600_000)];
    await world.test.db.execute(
      `INSERT INTO identity.api_keys (id, holder, role, hash, created_at, created_by, expires_at)
       VALUES ($1, 'shop', 'service', $2::bytea, $3::timestamptz, 'anna', $4::timestamptz)`,
      ...[id, hash, createdAt, expiresAt],
    );
    const campaign = await madeCampaign(api);
    let user = 0;
    const ask = async () => {
      const answer = await fetch(`${api.url}/v1/campaigns/${campaign}/requests`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ userId: `user-${user++}` }),
      });
      await answer.text();
      return answer.status;
    };
    expect(await ask()).to.equal(202);
    await world.test.db.execute('UPDATE identity.api_keys SET revoked_at = now() WHERE id = $1', id);
    await refusedWithin(
      WITHIN_MS,
      ask,
      (status) => status === 401,
      (status) => status === 202,
    );
    expect(running.output()).not.to.include('osk_');
  });

  it('finds yesterday’s addresses after a rotation, without a restart, until the old secret is removed', async () => {
    const campaign = await madeCampaign(api);
    const read = async (id: string) => (await api.request(`/v1/coupon-requests/${id}`)).status;
    const rotated = (count: number) =>
      waitUntil(
        () => running.output().split('"event":"files-read-again"').length - 1,
        (times) => times >= count,
      );
    const yesterday = await requested(api, campaign, 'ada', 'first');
    writeFileSync(keysFile, `${NEW}\n${OLD}\n`);
    await rotated(1);
    const today = await requested(api, campaign, 'bob', 'first');
    expect([await read(yesterday), await read(today)]).to.deep.equal([200, 200]);
    writeFileSync(keysFile, `${NEW}\n`);
    await rotated(2);
    expect([await read(yesterday), await read(today)]).to.deep.equal([404, 200]);
  });
});
