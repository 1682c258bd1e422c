/**
 * A secured stack whose passwords and certificates are replaced while orders with coupons flow: no order is lost, no process is
 * configured anew.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { accessOf, OWNER } from '#participants/access/access.ts';
import { DATABASE_ROLES } from '#participants/access/database-roles.ts';
import { signalService, startOneService } from '#scripts/run/stack/one-service.ts';
import { ensureAuthority, issue } from '#scripts/run/stack/secure/certificates.ts';
import { authorityOf } from '#scripts/run/stack/secure/connections.ts';
import { permitTopics, prepareRoles } from '#scripts/run/stack/secure/permissions.ts';
import { replacePassword, secureFolder } from '#scripts/run/stack/secure/secrets.ts';
import { KAFKA_PRINCIPALS, REDIS_PRINCIPALS, writeRedisUsers } from '#scripts/run/stack/secure/servers.ts';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { ORDER_PROCESSES, openShop, type Shop } from './shop.ts';

const stack = 'test-secure-rotation';
const RESTARTED_WITHIN_MS = 90_000;
/** Every process with a password of its own. */
const PROCESSES = [...ORDER_PROCESSES, 'coupon', 'coupon-issuer', 'coupons', 'auditor', 'retention'];
/** librdkafka loads certificates once: a process that consumes ends when one is replaced. The others read them again. */
const CONSUMERS = PROCESSES.filter((name) => accessOf(name)?.groups.length !== 0);

/** The servers of the stack, each with the name of its certificate. */
const SERVERS = { kafka: 'broker', postgres: 'postgres', redis: 'redis' };
const CAMPAIGN = { name: 'Opening', total: 1_000, discount: { kind: 'percent', value: 10 } };

interface Ledger {
  readonly violations: readonly unknown[];
  readonly invariants: ReadonlyArray<{ readonly checkedAt: string | null }>;
}

describe('on a secured stack', function () {
  this.timeout(600_000);
  let shop: Shop;
  let campaign: string;
  let users = 0;

  before(async () => {
    shop = await openShop('rotation', {
      stack,
      secure: true,
      only: PROCESSES,
      gateway: 'none',
      environmentFor: { auditor: { AUDITOR_SHARE: '0.25' } },
    });
    campaign = (await coupons<{ id: string }>('/v1/campaigns', CAMPAIGN)).id;
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
  const coupons = async <T>(path: string, body?: object): Promise<T> => {
    const answer = await fetch(`${shop.system.urls['coupons']}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${await tokenFor(roleHolder('service'), stack)}`,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  /** Another customer wins a coupon, and an order takes it. */
  const completes = async () => {
    const customerId = `user-${++users}`;
    const { requestId } = await coupons<{ requestId: string }>(`/v1/campaigns/${campaign}/requests`, {
      userId: customerId,
    });
    const { couponId } = await waitUntil(
      () => coupons<{ status: string; couponId: string }>(`/v1/coupon-requests/${requestId}`),
      ({ status }) => status === 'issued',
      { what: 'a coupon' },
    );
    const [order] = await shop.ended([await shop.place({ customerId, couponId })], 60_000);
    expect(order?.status).to.equal('completed');
  };
  /** The auditor has checked everything since an instant, and found nothing. */
  const isAudited = async (since: string) => {
    const url = `${shop.system.urls['auditor']}/v1/ledger`;
    const { violations } = await waitUntil(
      async () => (await (await fetch(url, { headers: await shop.operator() })).json()) as Ledger,
      ({ invariants }) => invariants.every(({ checkedAt }) => (checkedAt ?? '') > since),
      { withinMs: 120_000, everyMs: 500, what: 'a check of every rule' },
    );
    expect(violations).to.deep.equal([]);
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
    for (const name of PROCESSES) {
      const { [name]: pid } = shop.system.pids;
      shop.system.kill(name, 'SIGKILL');
      await isBack(name, pid);
      await completes();
    }
    await isAudited(new Date().toISOString());
  });

  it('a changed list of authorities ends each consumer in order, and it comes back with it', async () => {
    const before = shop.system.pids;
    // As a rotation begins: the next authority is trusted beside the present one.
    const next = await ensureAuthority(join(secureFolder(stack), 'next'));
    appendFileSync(authorityOf(stack), readFileSync(next, 'utf8'));
    const placed = await Promise.all(Array.from({ length: 10 }, () => shop.place({})));
    await Promise.all(CONSUMERS.map((name) => isBack(name, before[name])));
    for (const name of PROCESSES.filter((one) => !CONSUMERS.includes(one)))
      expect(shop.system.pids[name], name).to.equal(before[name]);
    for (const { status } of await shop.ended(placed, 60_000)) expect(status).to.equal('completed');
    const log = readFileSync(join(shop.system.logs, 'shipping.log'), 'utf8');
    expect(log).to.contain('certificates were rotated, and librdkafka loads them at its start only');
    // The servers get other certificates, and every client is content with them.
    for (const [server, certificate] of Object.entries(SERVERS)) {
      await issue(secureFolder(stack), certificate);
      await signalService(stack, server, 'SIGKILL');
      await startOneService(stack, server);
      await completes();
    }
    await isAudited(new Date().toISOString());
  });
});
