/** The client of Redis while another server takes the primary's place. */
import { expect } from 'chai';
import type { Redis } from 'ioredis';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { redisAt, redisConnection } from '../connections/redis-settings.ts';
import { openLossyProxy } from '../postgres/testing/lossy-proxy.ts';
import { silent } from './log.ts';
import { openRedis } from './redis.ts';
import { openRedisPair, type RedisPair, WATCHED } from './testing/redis-pair.ts';

const write = (redis: Redis, value: string): Promise<string> =>
  redis.set('key', value).catch((error: Error) => error.message);

describe('the client of Redis', () => {
  let pair: RedisPair;
  let redis: Redis | undefined;
  afterEach(async () => {
    redis?.disconnect();
    await pair?.close();
  });

  // Regression: the former primary kept the connection, and refused every next write.
  it('leaves a primary that has become a replica after one refusal', async () => {
    pair = await openRedisPair(false);
    const proxy = await openLossyProxy(pair.first);
    try {
      redis = openRedis(silent, redisAt(proxy.url));
      const client = redis;
      await waitUntil(
        () => write(client, 'before'),
        (answer) => answer === 'OK',
      );
      await pair.switchOver();
      proxy.switchTo(pair.second);
      expect(await write(client, 'refused')).to.match(/^READONLY/);
      const answers: string[] = [];
      await waitUntil(
        async () => {
          answers.push(await write(client, 'after'));
          return answers.at(-1);
        },
        (answer) => answer === 'OK',
      );
      expect(answers.join('\n'), 'refused once').not.to.match(/READONLY/);
    } finally {
      await proxy.close();
    }
  }).timeout(60_000);

  it('follows the sentinels to the promoted replica', async () => {
    pair = await openRedisPair(true);
    redis = openRedis(
      silent,
      redisConnection({ REDIS_SENTINELS: pair.sentinel, REDIS_SENTINEL_NAME: WATCHED }),
    );
    const client = redis;
    await waitUntil(
      () => write(client, 'before'),
      (answer) => answer === 'OK',
    );
    await pair.killFirst();
    await waitUntil(
      () => write(client, 'after'),
      (answer) => answer === 'OK',
    );
    expect(await client.get('key')).to.equal('after');
  }).timeout(60_000);
});
