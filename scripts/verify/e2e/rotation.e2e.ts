/** A secured stack whose passwords and certificates are replaced while orders flow: no order is lost, no process is configured anew. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { OWNER } from '#participants/access/access.ts';
import { DATABASE_ROLES } from '#participants/access/database-roles.ts';
import { signalService, startOneService } from '#scripts/run/stack/one-service.ts';
import { ensureAuthority, issue } from '#scripts/run/stack/secure/certificates.ts';
import { authorityOf } from '#scripts/run/stack/secure/connections.ts';
import { permitTopics, prepareRoles } from '#scripts/run/stack/secure/permissions.ts';
import { replacePassword, secureFolder } from '#scripts/run/stack/secure/secrets.ts';
import { KAFKA_PRINCIPALS, REDIS_PRINCIPALS, writeRedisUsers } from '#scripts/run/stack/secure/servers.ts';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { ORDER_PROCESSES, openShop, type Shop } from './shop.ts';

const stack = 'test-secure-rotation';
const RESTARTED_WITHIN_MS = 90_000;

describe('on a secured stack', () => {
  let shop: Shop;

  before(async () => {
    shop = await openShop('rotation', { stack, secure: true, only: ORDER_PROCESSES, gateway: 'none' });
  });
  after(async () => {
    await shop?.stop();
    await stackDown(stack, { wipe: true });
  });

  /** Waits until another process of this name is ready. */
  const isBack = (name: string, before: number | undefined) =>
    waitUntil(
      async () => {
        const { [name]: pid } = shop.system.pids;
        if (pid === undefined || pid === before) return false;
        return (await fetch(`${shop.system.urls[name]}/readyz`).catch(() => null))?.ok === true;
      },
      Boolean,
      { withinMs: RESTARTED_WITHIN_MS, everyMs: 200, what: `${name} to be back` },
    );
  const completes = async () => {
    const [order] = await shop.ended([await shop.place({})], 60_000);
    expect(order?.status).to.equal('completed');
  };

  it('orders complete after every password was replaced, and each process was killed', async () => {
    await completes();
    // The brokers' own and the administrators' stay: the servers hold them in their configuration.
    for (const name of KAFKA_PRINCIPALS.filter((one) => one !== 'broker' && one !== 'admin'))
      replacePassword(stack, 'kafka', name);
    for (const role of DATABASE_ROLES.filter((one) => one !== OWNER))
      replacePassword(stack, 'database', role);
    for (const user of REDIS_PRINCIPALS.filter((one) => one !== 'admin'))
      replacePassword(stack, 'redis', user);
    const { kafka, postgres } = shop.system.addresses;
    await permitTopics(stack, kafka, shop.prefix);
    await prepareRoles(stack, postgres);
    writeRedisUsers(stack);
    await signalService(stack, 'redis', 'SIGKILL');
    await startOneService(stack, 'redis');
    for (const name of ORDER_PROCESSES) {
      const { [name]: pid } = shop.system.pids;
      shop.system.kill(name, 'SIGKILL');
      await isBack(name, pid);
      await completes();
    }
  });

  it('a changed list of authorities ends each consumer in order, and it comes back with it', async () => {
    const before = shop.system.pids;
    // As a rotation begins: the next authority is trusted beside the present one.
    const next = await ensureAuthority(join(secureFolder(stack), 'next'));
    appendFileSync(authorityOf(stack), readFileSync(next, 'utf8'));
    const placed = await Promise.all(Array.from({ length: 10 }, () => shop.place({})));
    await Promise.all(ORDER_PROCESSES.map((name) => isBack(name, before[name])));
    for (const { status } of await shop.ended(placed, 60_000)) expect(status).to.equal('completed');
    const log = readFileSync(join(shop.system.logs, 'shipping.log'), 'utf8');
    expect(log).to.contain('certificates were rotated, and librdkafka loads them at its start only');
    // The broker gets another certificate, and every client is content with it.
    await issue(secureFolder(stack), 'broker');
    await signalService(stack, 'kafka', 'SIGKILL');
    await startOneService(stack, 'kafka');
    await completes();
  });
});
