/** Redis finds its configuration in a folder of any name. */
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { placesOf } from './places.ts';
import { redisServices } from './redis.ts';

describe('the configuration of Redis', () => {
  const above = mkdtempSync(join(tmpdir(), 'redis-paths-'));
  after(() => rmSync(above, { recursive: true }));

  for (const name of ['plain', 'a [x]?', 'b, c', 'ä#%20:'])
    it(`is the one file that matches its argument, in a folder "${name}"`, async () => {
      const [data, logs] = [join(above, name, 'data'), join(above, name, 'logs')];
      mkdirSync(logs, { recursive: true });
      const ports = { kafka: [], controllers: [], postgres: 1, redis: 2 };
      const state = { name: 'dev', brokers: 1, ports, pids: {} };
      const [redis] = redisServices(state, { ...placesOf('dev'), data, logs });
      const args = (await redis?.prepare())?.args ?? [];
      const config = join(data, 'redis/redis.conf');
      expect(args.flatMap((one) => globSync(one))).to.deep.equal([config]);
      expect(args.join(' ')).to.contain(redis?.signature);
      expect(readFileSync(config, 'utf8')).to.contain(`dir "${join(data, 'redis')}"`);
    });
});
