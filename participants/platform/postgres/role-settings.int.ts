/** A pool whose sessions have their settings from the role, as behind a pooler. */
import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { messageOf, RetryableError } from '#protocol/errors.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { type Database, openDatabase } from './database.ts';
import { roleStatements, sessionSettings, timeLimitsOf } from './session-settings.ts';

const QUERY_MS = 10_000;

describe('a pool whose role has the settings of its sessions', () => {
  const role = `pooled_${randomBytes(4).toString('hex')}`;
  let test: TestDatabase;
  let db: Database;
  before(async function () {
    // On a secured server it would need a password.
    if (process.env['STACK_SECURE'] === '1') this.skip();
    test = await openTestDatabase();
    await test.db.execute(`CREATE ROLE ${role} LOGIN`);
    const url = new URL(test.url);
    url.username = role;
    db = openDatabase(url.href, {
      pool: 1,
      processName: 'test',
      plans: 'probes',
      queryTimeoutMs: QUERY_MS,
      settingsBy: 'role',
    });
  });
  after(async () => {
    await db?.close();
    await test?.db.execute(`DROP ROLE ${role}`);
    await test?.close();
  });

  const refusal = () =>
    db.query('SELECT 1 AS one').then(
      () => '',
      (error: unknown) => {
        expect(error).to.be.instanceOf(RetryableError).and.to.include({ code: 'database-unavailable' });
        return messageOf(error);
      },
    );

  it('runs nothing without them, says which statements are missing, and goes on after these', async () => {
    const all = roleStatements(role, sessionSettings(timeLimitsOf(QUERY_MS), 'probes'));
    await test.db.execute(all.replace(/^ALTER ROLE .* SET (plan_cache_mode|lock_timeout) .*$/gm, ''));
    const message = await refusal();
    const missing = message.match(/ALTER ROLE [^;]*;/g) ?? [];
    expect(missing).to.deep.equal([
      `ALTER ROLE "${role}" SET lock_timeout = '6000';`,
      `ALTER ROLE "${role}" SET plan_cache_mode = 'force_generic_plan';`,
    ]);
    for (const statement of missing) await test.db.execute(statement);
    expect(await db.query('SHOW lock_timeout')).to.deep.equal([{ lock_timeout: '6s' }]);
  });
});
