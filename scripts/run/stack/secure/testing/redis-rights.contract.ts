/** What a secured Redis permits each user, and the words in which it refuses the rest. */
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { REDIS_EXPORTER } from '#participants/access/access.ts';
import { redisConnection } from '#platform/connections/redis-settings.ts';
import { silent } from '#platform/process/log.ts';
import { openRedis } from '#platform/process/redis.ts';
import { waitUntil } from '../../../wait-until.ts';
import { signalService, startOneService } from '../../one-service.ts';
import type { Addresses } from '../../stack.ts';
import { issue } from '../certificates.ts';
import { secureEnvironment } from '../connections.ts';
import { passwordFile, replacePassword, secureFolder } from '../secrets.ts';
import { writeRedisUsers } from '../servers.ts';

/** @param addressesOf the addresses of the stack, once it is up */
export function redisRights(stack: string, addressesOf: () => Addresses): void {
  describe('its Redis', () => {
    const settings = (user: string, more = {}) =>
      redisConnection({
        REDIS_URL: addressesOf().redis,
        ...secureEnvironment(stack, { redis: user }),
        ...more,
      });
    const open = async (user: string, more = {}) => {
      const redis = openRedis(silent, settings(user, more));
      const failed = new Promise<string>((resolve) => redis.once('error', (error) => resolve(error.message)));
      const ready = new Promise<string>((resolve) => redis.once('ready', () => resolve('ready')));
      return { redis, outcome: await Promise.race([failed, ready]) };
    };
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => 'permitted',
        (error: Error) => error.message,
      );

    it('permits a process its own keys, and no others, nor any command of an administrator', async () => {
      const { redis, outcome } = await open('coupons');
      expect(outcome).to.equal('ready');
      expect(await refusal(redis.set('coupon:x', '1', 'EX', 5, 'NX'))).to.equal('permitted');
      expect(await refusal(redis.set('processed:x', '1'))).to.match(/NOPERM/);
      expect(await refusal(redis.flushall())).to.match(/NOPERM/);
      expect(await refusal(redis.config('GET', '*'))).to.match(/NOPERM/);
      redis.disconnect();
    });

    it('lets the exporter see INFO, and no key and no setting', async () => {
      const { redis, outcome } = await open(REDIS_EXPORTER);
      expect(outcome).to.equal('ready');
      expect(await redis.info('memory')).to.contain('used_memory:');
      for (const command of [redis.get('coupon:x'), redis.config('GET', '*'), redis.call('SCAN', '0')])
        expect(await refusal(command)).to.match(/NOPERM/);
      redis.disconnect();
    });

    it('refuses a wrong password and a client without a user, and an unknown authority is named', async () => {
      const wrong = await open('coupons', {
        REDIS_PASSWORD_FILE: passwordFile(stack, 'redis', 'notification'),
      });
      wrong.redis.disconnect();
      expect(wrong.outcome).to.match(/WRONGPASS/);
      await issue(`${secureFolder(stack)}/other`, 'other');
      const unknown = await open('coupons', { REDIS_CA_FILE: `${secureFolder(stack)}/other/ca.pem` });
      unknown.redis.disconnect();
      expect(unknown.outcome).to.match(/self-signed certificate|unable to verify/);
    });

    it('goes on with a rotated password, on the client that was open before', async () => {
      const { redis } = await open('coupons');
      replacePassword(stack, 'redis', 'coupons');
      writeRedisUsers(stack);
      await signalService(stack, 'redis', 'SIGKILL');
      await startOneService(stack, 'redis');
      await waitUntil(
        () =>
          redis.get('coupon:x').then(
            () => true,
            () => false,
          ),
        Boolean,
      );
      redis.disconnect();
      expect(redis).to.be.instanceOf(Redis);
    });
  });
}
