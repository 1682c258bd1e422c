/** Production refuses settings of a local stack, each with a sentence, unless its exception is named. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { EXCEPTIONS, faultsIn, refuseInProduction } from './production.ts';

/** A production environment without a fault. */
const SOUND = {
  NODE_ENV: 'production',
  OIDC_ISSUERS_FILE: '/run/secrets/issuers.json',
  KAFKA_BROKERS: 'kafka:9093',
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  DATABASE_URL: 'postgresql://api@db:5432/saga?sslmode=verify-full',
  REDIS_URL: 'rediss://cache:6380',
  GATEWAY: 'stripe',
  GATEWAY_KEY: 'rk_anything_of_yours',
};

describe('production', () => {
  it('takes a sound environment', () => {
    expect(faultsIn(SOUND)).to.deep.equal([]);
    refuseInProduction(SOUND);
  });

  const refused: Array<[keyof typeof EXCEPTIONS, string, NodeJS.ProcessEnv]> = [
    ['local-tokens', 'AUTH_SECRET_FILE', { AUTH_SECRET_FILE: '/run/secrets/auth' }],
    ['gateway-simulator', 'GATEWAY', { GATEWAY: 'simulator' }],
    ['gateway-none', 'GATEWAY', { GATEWAY: 'none' }],
    ['known-passwords', 'GATEWAY_KEY', { GATEWAY_KEY: 'sk_test_local' }],
    ['known-passwords', 'PGPASSWORD', { PGPASSWORD: 'local' }],
    [
      'known-passwords',
      'DATABASE_URL',
      { DATABASE_URL: 'postgresql://a:postgres@db/saga?sslmode=verify-full' },
    ],
    ['known-passwords', 'REDIS_URL', { REDIS_URL: `rediss://default:${'changeme'}@cache` }],
    ['known-passwords', 'SMTP_URL', { SMTP_URL: `smtps://shop:${'p%61ssword'}@mail` }],
    ['plain-kafka', 'KAFKA_BROKERS', { KAFKA_SECURITY_PROTOCOL: undefined }],
    ['plain-kafka', 'KAFKA_BROKERS', { KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' }],
    ['plain-kafka', 'KAFKA_BROKERS', { KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' }],
    ['plain-postgres', 'DATABASE_URL', { DATABASE_URL: 'postgresql://api@db/saga' }],
    ['plain-postgres', 'DATABASE_URL', { DATABASE_URL: 'postgresql://api@db/saga?sslmode=require' }],
    ['plain-postgres', 'DATABASE_URL', { DATABASE_URL: 'postgresql://api@a:1,b:2/saga' }],
    ['plain-postgres', 'DATABASE_URL', { DATABASE_TLS: 'off' }],
    ['plain-postgres', 'COUPON_DATABASE_URL', { COUPON_DATABASE_URL: 'postgresql://c@db/coupons' }],
    ['plain-redis', 'REDIS_URL', { REDIS_URL: 'redis://cache:6379' }],
    ['plain-redis', 'REDIS_SENTINELS', { REDIS_URL: undefined, REDIS_SENTINELS: 'a:26379' }],
  ];
  for (const [exception, setting, change] of refused) {
    it(`refuses ${exception}: ${Object.entries(change).join(' and ').replaceAll(',', '=')}`, () => {
      const environment = { ...SOUND, ...change };
      expect(faultsIn(environment).map((fault) => fault.exception)).to.deep.equal([exception]);
      expect(() => refuseInProduction(environment)).to.throw(
        new RegExp(
          `^configuration: not in production: ${setting} .*\\(exception ${exception}\\)`.replace(
            ' .',
            '[: ].',
          ),
        ),
      );
      refuseInProduction({ ...environment, PRODUCTION_EXCEPTIONS: `${exception}` });
      refuseInProduction({ ...environment, NODE_ENV: 'development' });
      const others = Object.keys(EXCEPTIONS).filter((one) => one !== exception);
      expect(() => refuseInProduction({ ...environment, PRODUCTION_EXCEPTIONS: others.join(', ') })).to.throw(
        exception,
      );
    });
  }

  it('shows no password', () => {
    const environment = { ...SOUND, DATABASE_URL: 'postgresql://a:password@db/saga', PGPASSWORD: 'changeme' };
    expect(() => refuseInProduction(environment)).to.throw(/^((?!a:password@|changeme).)*$/);
  });

  it('reads the files of passwords', () => {
    const folder = mkdtempSync(join(tmpdir(), 'passwords-'));
    const file = join(folder, 'password');
    writeFileSync(file, 'postgres\n');
    const faults = faultsIn({
      ...SOUND,
      DATABASE_PASSWORD_FILE: file,
      KAFKA_SASL_PASSWORD_FILE: join(folder, 'none'),
    });
    expect(faults.map(({ sentence }) => sentence)).to.deep.equal([
      'DATABASE_PASSWORD_FILE holds a password that everybody knows',
    ]);
    rmSync(folder, { recursive: true });
  });

  it('takes a PostgreSQL that is reached through a socket, or verified by its own settings', () => {
    for (const change of [
      { DATABASE_URL: 'postgresql://api@localhost/saga?host=/run/postgresql' },
      { DATABASE_URL: 'postgresql://api@db/saga', DATABASE_TLS: 'verify-full' },
      { DATABASE_URL: 'postgresql://api@a:1,b:2/saga?sslmode=verify-full' },
      { DATABASE_URL: 'postgresql://api@db/saga', DATABASE_CA_FILE: '/etc/ca.pem' },
      { DATABASE_URL: 'postgresql://api@db/saga', PGSSLMODE: 'verify-ca' },
    ])
      expect(faultsIn({ ...SOUND, ...change }), JSON.stringify(change)).to.deep.equal([]);
  });

  it('refuses a misspelt exception, and lists the ones there are', () => {
    expect(() => refuseInProduction({ ...SOUND, PRODUCTION_EXCEPTIONS: 'plain-kafka,plain-sql' })).to.throw(
      'configuration: PRODUCTION_EXCEPTIONS: plain-sql is none of local-tokens, gateway-simulator,',
    );
  });
});
