/** The secrets of `deploy/compose.secure.yml`: one authority's certificates, a password for each principal at each server. */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REDIS_EXPORTER } from '#participants/access/access.ts';
import { DATABASE_ROLES } from '#participants/access/database-roles.ts';
import { REDIS_USERS, redisAclFile } from '#participants/access/redis-users.ts';
import { CONTRACTS } from '#participants/registry.ts';
import { ensureAuthority, filesOf, issue } from '#scripts/run/stack/secure/certificates.ts';
import { KAFKA_USERS, passwordName } from './secret-names.ts';

/** The hosts that bear each certificate; a client's has its own name. */
const CERTIFICATES: Readonly<Record<string, readonly string[]>> = {
  broker: ['kafka-1', 'kafka-2', 'kafka-3'],
  postgres: ['postgres'],
  redis: ['redis'],
  webhooks: ['payment'],
  admin: ['admin'],
};
const REDIS_ADMIN = 'admin';
const YEARS = 2;
const DAYS = YEARS * 365;
/** The containers' users are none of this machine's; whoever may enter the folder may read what is in it. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o644;

/** Files of passwords, keys and certificates, by the secrets' names in compose. */
export function secretFiles(): Map<string, string> {
  const passwords = [
    ...KAFKA_USERS.map((user) => passwordName('kafka', user)),
    ...DATABASE_ROLES.map((role) => passwordName('database', role)),
    ...REDIS_USERS.filter((user) => user !== REDIS_EXPORTER).map((user) => passwordName('redis', user)),
    ...CONTRACTS.map(({ name }) => passwordName('replies', name)),
  ];
  return new Map([
    ['ca', 'ca.pem'],
    ['broker', 'broker.both.pem'],
    ...['postgres', 'redis', 'webhooks', 'admin'].flatMap((name) => [
      [`${name}-cert`, `${name}.pem`] as const,
      [`${name}-key`, `${name}.key`] as const,
    ]),
    ...passwords.map((name) => [name, `passwords/${name}`] as const),
    ['redis-users', 'redis-users.acl'],
    ['redis-exporter-passwords', 'redis-exporter-passwords.json'],
    ['reply-keys', 'reply-keys'],
  ]);
}

/** Makes what is missing in a folder, and leaves what is there. @returns the folder */
export async function makeComposeSecrets(folder: string): Promise<string> {
  mkdirSync(join(folder, 'passwords'), { recursive: true, mode: FOLDER_MODE });
  await ensureAuthority(folder);
  for (const [name, hosts] of Object.entries(CERTIFICATES)) {
    if (!existsSync(filesOf(folder, name).both)) await issue(folder, name, DAYS, hosts);
  }
  const passwordOf = (name: string) => {
    const file = join(folder, 'passwords', name);
    if (!existsSync(file)) writeFileSync(file, `${randomBytes(24).toString('base64url')}\n`);
    return readFileSync(file, 'utf8').trim();
  };
  for (const file of secretFiles().values())
    if (file.startsWith('passwords/')) passwordOf(file.slice('passwords/'.length));
  writeFileSync(
    join(folder, 'redis-users.acl'),
    redisAclFile((user) => passwordOf(passwordName('redis', user)), REDIS_ADMIN),
  );
  // The exporter's own form: a password for each address.
  const exporters = {
    [`rediss://${REDIS_EXPORTER}@redis:6379`]: passwordOf(passwordName('redis', REDIS_EXPORTER)),
  };
  writeFileSync(join(folder, 'redis-exporter-passwords.json'), JSON.stringify(exporters));
  const keys = CONTRACTS.map(({ name }) => `${name} ${passwordOf(passwordName('replies', name))}\n`);
  writeFileSync(join(folder, 'reply-keys'), keys.join(''));
  for (const file of secretFiles().values()) chmodSync(join(folder, file), FILE_MODE);
  chmodSync(folder, FOLDER_MODE);
  return folder;
}
