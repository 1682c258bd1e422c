/** The jobs of a deployment, in their order, as containers run them: afterwards each principal signs in with its password, and has its rights. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import pg from 'pg';
import { OWNER, SET_UP } from '#participants/access/access.ts';
import { DATABASE_ROLES } from '#participants/access/database-roles.ts';
import { connectionTo, databaseSecurity } from '#platform/connections/database-security.ts';
import { kafkaSecurity } from '#platform/connections/kafka-security.ts';
import { openAdminClient } from '#platform/kafka/broker-client.ts';
import { silent } from '#platform/process/log.ts';
import { TOPICS } from '#protocol/topics.ts';
import { root } from '#scripts/run/stack/places.ts';
import { DATABASE_ADMIN, secureEnvironment } from '#scripts/run/stack/secure/connections.ts';
import { urlFor } from '#scripts/run/stack/secure/permissions.ts';
import { ADMIN } from '#scripts/run/stack/secure/secrets.ts';
import { type Addresses, stackDown, stackUp } from '#scripts/run/stack/stack.ts';
import { KAFKA_USERS, passwordName } from './secret-names.ts';

const stack = 'test-deployment-jobs';
const execute = promisify(execFile);

describe('the jobs of a deployment', () => {
  const environment = { ...process.env };
  let addresses: Addresses;
  let folder: string;
  const passwordFile = (server: 'kafka' | 'database', name: string) =>
    join(folder, passwordName(server, name));

  /** Runs a job with no more of an environment than a container has. */
  const run = (file: string, environment: Record<string, string>) =>
    execute(process.execPath, [file], {
      cwd: root,
      env: { PATH: process.env['PATH'], NODE_ENV: 'production', ...environment },
    });
  const asRole = (role: string): Record<string, string> => ({
    ...secureEnvironment(stack, { database: role }),
    DATABASE_PASSWORD_FILE: passwordFile('database', role),
    DATABASE_URL: urlFor(addresses.postgres, role),
  });
  const asUser = (user: string): Record<string, string> => ({
    ...secureEnvironment(stack, { kafka: user }),
    KAFKA_SASL_PASSWORD_FILE: passwordFile('kafka', user),
    KAFKA_BROKERS: addresses.kafka,
  });

  before(async () => {
    addresses = await stackUp({ name: stack, secure: true });
    folder = mkdtempSync(join(tmpdir(), 'passwords-'));
    for (const user of KAFKA_USERS)
      writeFileSync(passwordFile('kafka', user), `of ${user}, at the brokers\n`);
    // Any character may be in one.
    for (const role of DATABASE_ROLES) writeFileSync(passwordFile('database', role), `'${role}'\\"$1%\n`);
    const administrator = {
      ...secureEnvironment(stack, { kafka: ADMIN, database: DATABASE_ADMIN }),
      DATABASE_URL: urlFor(addresses.postgres, DATABASE_ADMIN),
    };
    await run('scripts/run/permit.ts', {
      ...administrator,
      KAFKA_BROKERS: addresses.kafka,
      PASSWORDS_FOLDER: folder,
    });
    await run('scripts/run/create-topics.ts', asUser(SET_UP));
    await run('scripts/run/migrate.ts', asRole(OWNER));
    await run('scripts/run/grant.ts', administrator);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await stackDown(stack, { wipe: true });
    // What other tests of this process connect to next is their own stack.
    expect({ ...process.env }).to.deep.equal(environment);
  });

  /** The number of rows that a role gets for a statement, or the server's code. */
  async function resultOf(role: string, statement: string): Promise<number | string> {
    const environment = asRole(role);
    const client = new pg.Client(
      connectionTo(environment['DATABASE_URL'] ?? '', databaseSecurity(environment)),
    );
    await client.connect();
    try {
      return (await client.query(statement)).rows.length;
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    } finally {
      await client.end();
    }
  }

  it('let each role sign in with its password, to its own tables', async () => {
    const permissionDenied = '42501';
    expect(await resultOf('shipping', 'SELECT 1 FROM shipping.inbox')).to.equal(0);
    expect(await resultOf('shipping', 'SELECT 1 FROM payment.inbox')).to.equal(permissionDenied);
    expect(await resultOf('auditor', 'SELECT 1 FROM payment.inbox')).to.equal(0);
    expect(await resultOf('engine', 'DELETE FROM orchestrator.actions')).to.equal(permissionDenied);
  });

  it('let each principal sign in with its password, and see its own topics', async () => {
    const client = await openAdminClient({
      brokers: addresses.kafka,
      clientId: 'payment',
      security: kafkaSecurity(asUser('payment')),
      log: silent,
      startWithinMs: 30_000,
    });
    try {
      const [broker] = await client.brokers(true);
      const seen = await client.leadersAt(broker ?? 1, ['payment-requested', 'shipping-requested']);
      expect(seen.get('payment-requested')?.length).to.equal(
        TOPICS.find(({ name }) => name === 'payment-requested')?.partitions,
      );
      expect(seen.get('shipping-requested') ?? []).to.deep.equal([]);
    } finally {
      await client.close();
    }
  });

  it('may run again, as they do at each upgrade', async () => {
    const { stderr } = await run('scripts/run/migrate.ts', asRole(OWNER));
    expect(stderr).to.contain('nothing to migrate');
  });
});
