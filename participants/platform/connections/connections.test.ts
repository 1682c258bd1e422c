import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { processConfig, readConfig } from '../process/config.ts';
import { databaseSecurity } from './database-security.ts';
import { kafkaSecurity } from './kafka-security.ts';
import { redisConnection } from './redis-settings.ts';
import { createRestartFiles } from './restart-files.ts';
import { lastGood, readSecret } from './secret-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'connections-'));
const secret = join(folder, 'secret');
const BASE = { KAFKA_BROKERS: 'b:1', DATABASE_URL: 'postgresql://u@h/d', HTTP_PORT: '0' };
const SCRAM = {
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  KAFKA_SASL_USER: 'payment',
  KAFKA_SASL_PASSWORD_FILE: secret,
};

/** What a process says of its settings; `accepted` when it would start. */
function saidOf(settings: NodeJS.ProcessEnv): string {
  try {
    readConfig(processConfig, { ...BASE, ...settings });
    kafkaSecurity(settings);
    databaseSecurity(settings);
    redisConnection(settings);
    return 'accepted';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('the settings of connections', () => {
  before(() => writeFileSync(secret, 'a password\n'));
  after(() => rmSync(folder, { recursive: true }));

  it('are plain by default, and take every complete combination', () => {
    expect(kafkaSecurity({})).to.deep.equal({ tls: null, sasl: null });
    expect(databaseSecurity({})).to.deep.equal({ tls: null, password: null });
    expect(redisConnection({})).to.equal(null);
    expect(saidOf(SCRAM)).to.equal('accepted');
    expect(saidOf({ DATABASE_TLS: 'verify-full', DATABASE_PASSWORD_FILE: secret })).to.equal('accepted');
    expect(kafkaSecurity(SCRAM).sasl?.password()).to.equal('a password');
  });

  const REFUSED: ReadonlyArray<[settings: NodeJS.ProcessEnv, sentence: RegExp]> = [
    [{ KAFKA_SECURITY_PROTOCOL: 'TLS' }, /KAFKA_SECURITY_PROTOCOL: .*SASL_SSL/],
    [{ KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }, /KAFKA_SASL_MECHANISM: is missing: write PLAIN, SCRAM-SHA-256/],
    [{ ...SCRAM, KAFKA_SASL_USER: '' }, /KAFKA_SASL_USER: is missing: SCRAM-SHA-512 needs a user/],
    [{ ...SCRAM, KAFKA_SASL_PASSWORD_FILE: '' }, /KAFKA_SASL_PASSWORD_FILE: is missing/],
    [{ ...SCRAM, KAFKA_SECURITY_PROTOCOL: 'SSL' }, /KAFKA_SASL_USER: has no effect with SSL: write SASL_SSL/],
    [{ KAFKA_CA_FILE: '/ca' }, /KAFKA_CA_FILE: has no effect with PLAINTEXT: write SSL/],
    [{ ...SCRAM, KAFKA_CERT_FILE: '/c' }, /KAFKA_KEY_FILE: is missing: write the file of the key/],
    [{ ...SCRAM, KAFKA_KEY_FILE: '/c' }, /KAFKA_CERT_FILE: is missing: write the file of the certificate/],
    [{ ...SCRAM, KAFKA_OAUTH_SCOPE: 's' }, /KAFKA_OAUTH_SCOPE: has no effect without OAUTHBEARER/],
    [{ ...SCRAM, KAFKA_SASL_MECHANISM: 'OAUTHBEARER' }, /KAFKA_OAUTH_TOKEN_URL: is missing/],
    [
      { ...SCRAM, KAFKA_SASL_MECHANISM: 'OAUTHBEARER', KAFKA_OAUTH_TOKEN_URL: 'http://issuer.example/token' },
      /KAFKA_OAUTH_TOKEN_URL: write an https:\/\/ address/,
    ],
    [{ ...SCRAM, KAFKA_CA_FILE: '/no/such' }, /KAFKA_CA_FILE names \/no\/such, which cannot be read/],
    [{ ...SCRAM, KAFKA_CA_FILE: secret }, /KAFKA_CA_FILE names .*, which holds no PEM/],
    [{ ...SCRAM, KAFKA_SASL_PASSWORD_FILE: '/no/such' }, /KAFKA_SASL_PASSWORD_FILE names .* cannot be read/],
    [{ DATABASE_TLS: 'require' }, /DATABASE_TLS: .*verify-full/],
    [
      { DATABASE_TLS: 'off', DATABASE_CA_FILE: '/ca' },
      /DATABASE_CA_FILE: has no effect with DATABASE_TLS=off/,
    ],
    [{ DATABASE_CERT_FILE: '/c' }, /DATABASE_KEY_FILE: is missing/],
    [{ DATABASE_URL: 'postgresql://u@a:1,b:x/d' }, /DATABASE_URL: is no address: .*host:port,host:port/],
    [
      { DATABASE_URL: 'postgresql://u@a,b/d?target_session_attrs=standby' },
      /DATABASE_URL: has target_session_attrs=standby.*leave it out/,
    ],
    [
      { DATABASE_URL: 'postgresql://u:p@a,b/d', DATABASE_PASSWORD_FILE: secret },
      /DATABASE_PASSWORD_FILE: is set and DATABASE_URL has a password as well/,
    ],
    [{ DATABASE_SESSIONS: 'pooler' }, /DATABASE_SESSIONS: .*start-up/],
    [{ DATABASE_URL: 'localhost:5432' }, /DATABASE_URL: is no address: write postgresql:\/\/user@host/],
    [
      { DATABASE_URL: 'postgresql://u:p@h/d', DATABASE_PASSWORD_FILE: secret },
      /DATABASE_PASSWORD_FILE: is set and DATABASE_URL has a password as well/,
    ],
    [
      { DATABASE_URL: 'postgresql://u@h/d?sslmode=require', DATABASE_TLS: 'verify-full' },
      /DATABASE_URL: has ssl parameters beside DATABASE_TLS/,
    ],
    [{ REDIS_URL: 'http://h' }, /REDIS_URL: write redis:\/\/host:port/],
    [
      { REDIS_URL: 'redis://h', REDIS_CA_FILE: '/ca' },
      /REDIS_CA_FILE: has no effect without TLS: write rediss/,
    ],
    [{ REDIS_URL: 'redis://h', REDIS_USER: 'u' }, /REDIS_PASSWORD_FILE: is missing/],
    [{ REDIS_URL: 'redis://h', REDIS_SENTINELS: 's:1' }, /REDIS_URL: and REDIS_SENTINELS exclude each other/],
    [{ REDIS_SENTINELS: 's:1' }, /REDIS_SENTINEL_NAME: is missing/],
  ];
  for (const [settings, sentence] of REFUSED)
    it(`are refused: ${sentence.source}`, () => expect(saidOf(settings)).to.match(sentence));

  it('never show a secret', () => {
    const url = 'postgresql://u:hidden@h/d';
    expect(saidOf({ DATABASE_URL: url, DATABASE_PASSWORD_FILE: secret })).not.to.contain('hidden');
  });

  it('read a file again, and keep the last text while a rotation replaces it', () => {
    const read = lastGood(() => readSecret('X_FILE', secret));
    writeFileSync(secret, 'rotated\n');
    expect(read()).to.equal('rotated');
    writeFileSync(secret, '');
    expect(read()).to.equal('rotated');
    writeFileSync(secret, 'a password\n');
  });

  it('find the primary by sentinels, with TLS to both', () => {
    const connection = redisConnection({
      REDIS_SENTINELS: 'one:26379,two:26380',
      REDIS_SENTINEL_NAME: 'primary',
      REDIS_TLS: 'on',
    });
    expect(connection?.options).to.deep.include({
      sentinels: [
        { host: 'one', port: 26379 },
        { host: 'two', port: 26380 },
      ],
      name: 'primary',
      enableTLSForSentinelMode: true,
    });
  });

  it('have a changed file of librdkafka end the process once it is stable', async () => {
    const files = createRestartFiles({ everyMs: 10, spreadMs: 1 });
    files.add(secret);
    const changed = new Promise<readonly string[]>((resolve) => files.watch(resolve));
    writeFileSync(secret, 'half');
    await sleep(15);
    writeFileSync(secret, 'whole');
    expect(await changed).to.deep.equal([secret]);
  });
});
