/** The coupons' benchmark on a system: a short run gives figures, and no figures where an answer is not the checks. */
import { expect } from 'chai';
import pg from 'pg';
import { connectionTo } from '#platform/connections/database-security.ts';
import { readSecret } from '#scripts/run/stack/secret.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { type System, startSystem } from '#scripts/run/system.ts';
import { reportText } from './coupons/coupons-report.ts';
import { type CouponsTarget, runCoupons } from './coupons/run-coupons.ts';

describe('npm run bench -- coupons', () => {
  let system: System;
  let target: CouponsTarget;

  before(async () => {
    const name = `bench_coupons_${process.pid}`;
    const only = ['coupons', 'coupon-issuer'];
    system = await startSystem({ stack: 'test', prefix: `${name}.`, database: name, only });
    target = {
      couponsUrl: system.urls['coupons'] ?? '',
      databaseUrl: system.addresses.postgres,
      redisUrl: system.addresses.redis,
      token: await tokenFor(roleHolder('service'), 'test'),
      secret: new TextEncoder().encode(readSecret('test')),
      pids: async () => system.pids,
    };
  });
  after(() => system?.stop());

  const options = {
    rate: 200,
    count: 600,
    warmupMs: 3_000,
    total: 150,
    duplicates: 10,
    connections: 256,
    ownTokens: false,
    sockets: 5,
    print: () => {},
  };

  it('gives each request one true result, and figures', async () => {
    const report = await runCoupons(target, options);
    const text = reportText(report);
    expect(report.refused, text).to.deep.equal([]);
    const { counts, figures } = report;
    const { duplicate = 0, 'sold-out': soldOut = 0 } = counts.failed;
    expect([counts.users, counts.repeats, counts.issued]).to.deep.equal([541, 59, 150]);
    expect(duplicate + soldOut).to.equal(450);
    expect(duplicate).to.be.greaterThan(0);
    expect(counts.refusedByApi['sold-out'] ?? 0).to.be.greaterThan(0);
    expect(figures?.accepted?.count).to.equal(600);
    expect(figures?.answered?.count).to.equal(600);
    expect(figures?.issued?.count).to.equal(150);
    expect(figures?.answered?.p50).to.be.within(0.1, 10_000);
    expect(text).to.include('CPU-ms a request');
  });

  it('issues a coupon to every user where there are more coupons than users', async () => {
    const report = await runCoupons(target, {
      ...options,
      count: 200,
      warmupMs: 0,
      total: 1_000,
      ownTokens: true,
    });
    expect(report.refused, reportText(report)).to.deep.equal([]);
    expect([report.counts.issued, report.counts.failed]).to.deep.equal([
      report.counts.users,
      { duplicate: report.counts.repeats },
    ]);
  });

  it('gives no figures where the rows contradict the results', async () => {
    const client = new pg.Client(connectionTo(system.addresses.postgres));
    await client.connect();
    await client.query(`CREATE FUNCTION coupon.spoil() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.user_id := NEW.user_id || '-else'; RETURN NEW; END $$`);
    await client.query(`CREATE TRIGGER spoil BEFORE INSERT ON coupon.coupons FOR EACH ROW
      WHEN (NEW.user_id LIKE '%-7') EXECUTE FUNCTION coupon.spoil()`);
    await client.end();
    const report = await runCoupons(target, { ...options, count: 100, warmupMs: 0 });
    expect(report.figures).to.equal(null);
    expect(report.refused.join('\n')).to.match(/results contradict the rows/);
    expect(reportText(report)).to.match(/NO FIGURES/);
  });
});
