/**
 * Settings that suit a machine of one's own and nothing else. With NODE_ENV=production a process that has one does not start,
 * unless PRODUCTION_EXCEPTIONS names it: a copied local setting must not become a shop's.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { addressesIn } from '../connections/database-servers.ts';

/** What PRODUCTION_EXCEPTIONS may name, with what each permits. */
export const EXCEPTIONS = {
  'local-tokens': 'bearer tokens signed with the shared secret of AUTH_SECRET_FILE',
  'gateway-simulator': 'the simulator in the place of a payment gateway',
  'gateway-none': 'no payment gateway: each charge is approved, and no money moves',
  'known-passwords': 'passwords and keys that everybody knows',
  'plain-kafka': 'a connection to Kafka without TLS',
  'plain-postgres': 'a connection to PostgreSQL without verified TLS',
  'plain-redis': 'a connection to Redis without TLS',
} as const;
export type Exception = keyof typeof EXCEPTIONS;

/** The variable of every process. */
export const productionConfig = z.object({
  PRODUCTION_EXCEPTIONS: z
    .string()
    .optional()
    .describe(
      `What a process may have although NODE_ENV is \`production\`, separated by commas: ${Object.keys(EXCEPTIONS).join(', ')}.`,
    ),
});

/** Passwords of examples, images and habit. */
const KNOWN_PASSWORDS = new Set(
  'local postgres password passw0rd admin root secret changeme change-me example test redis guest 123456 12345678'.split(
    ' ',
  ),
);
/** The key of the gateway simulator. */
const KNOWN_KEYS = ['sk_test_local'];
const VERIFIED = ['verify-full', 'verify-ca'];

/** A setting that production refuses. */
export interface Fault {
  readonly exception: Exception;
  /** The setting and the remedy, for a person; without its value, which may be a secret. */
  readonly sentence: string;
}

/** The faults in an environment, whatever NODE_ENV is. */
export function faultsIn(environment: NodeJS.ProcessEnv): readonly Fault[] {
  return [
    ...tokenFaults(environment),
    ...gatewayFaults(environment),
    ...passwordFaults(environment),
    ...plainFaults(environment),
  ];
}

/**
 * Refuses an environment with faults that are no named exceptions, where NODE_ENV is production.
 * @throws Error with a sentence for each, or when PRODUCTION_EXCEPTIONS names what is none
 */
export function refuseInProduction(environment: NodeJS.ProcessEnv = process.env): void {
  if (environment.NODE_ENV !== 'production') return;
  const permitted = exceptionsOf(environment);
  const faults = faultsIn(environment).filter(({ exception }) => !permitted.has(exception));
  if (faults.length === 0) return;
  const sentences = faults.map(({ exception, sentence }) => `${sentence} (exception ${exception})`);
  throw new Error(
    `configuration: not in production: ${sentences.join('; ')}. Change each, or name its exception in PRODUCTION_EXCEPTIONS`,
  );
}

/** The named exceptions. @throws Error when one is misspelt: it would permit nothing, in silence */
export function exceptionsOf({ PRODUCTION_EXCEPTIONS: text = '' }: NodeJS.ProcessEnv): ReadonlySet<string> {
  const named = text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
  const unknown = named.filter((one) => !Object.hasOwn(EXCEPTIONS, one));
  if (unknown.length > 0) {
    throw new Error(
      `configuration: PRODUCTION_EXCEPTIONS: ${unknown.join(', ')} is none of ${Object.keys(EXCEPTIONS).join(', ')}`,
    );
  }
  return new Set(named);
}

function tokenFaults({ AUTH_SECRET_FILE }: NodeJS.ProcessEnv): Fault[] {
  if (!AUTH_SECRET_FILE) return [];
  const sentence = 'AUTH_SECRET_FILE: whoever reads it can sign tokens for anybody; use OIDC_ISSUERS_FILE';
  return [{ exception: 'local-tokens', sentence }];
}

function gatewayFaults({ GATEWAY }: NodeJS.ProcessEnv): Fault[] {
  if (GATEWAY === 'simulator') {
    return [{ exception: 'gateway-simulator', sentence: 'GATEWAY is the simulator, which moves no money' }];
  }
  if (GATEWAY === 'none') {
    return [
      { exception: 'gateway-none', sentence: 'GATEWAY is none: charges are approved, and no money moves' },
    ];
  }
  return [];
}

function passwordFaults(environment: NodeJS.ProcessEnv): Fault[] {
  const found = Object.entries(environment).filter(([name, value = '']) => {
    if (name === 'PGPASSWORD') return KNOWN_PASSWORDS.has(value);
    if (name.endsWith('_PASSWORD_FILE')) return KNOWN_PASSWORDS.has(contentOf(value));
    if (name === 'GATEWAY_KEY') return KNOWN_KEYS.includes(value);
    return isAddress(name) && KNOWN_PASSWORDS.has(passwordIn(value));
  });
  return found.map(([name]) => ({
    exception: 'known-passwords',
    sentence: `${name} holds a password that everybody knows`,
  }));
}

function plainFaults(environment: NodeJS.ProcessEnv): Fault[] {
  const faults: Fault[] = [];
  const { KAFKA_BROKERS, KAFKA_SECURITY_PROTOCOL, REDIS_URL, REDIS_SENTINELS, REDIS_TLS } = environment;
  if (KAFKA_BROKERS && !KAFKA_SECURITY_PROTOCOL?.endsWith('SSL')) {
    const sentence = 'KAFKA_BROKERS is used without TLS; set KAFKA_SECURITY_PROTOCOL to SASL_SSL or SSL';
    faults.push({ exception: 'plain-kafka', sentence });
  }
  for (const [name, value] of Object.entries(environment)) {
    if (!isDatabase(name) || !value || isVerified(value, environment)) continue;
    const sentence = `${name} is used without verified TLS; set DATABASE_TLS to verify-full`;
    faults.push({ exception: 'plain-postgres', sentence });
  }
  if (REDIS_URL && !REDIS_URL.startsWith('rediss:')) {
    faults.push({
      exception: 'plain-redis',
      sentence: 'REDIS_URL is used without TLS; its scheme must be rediss',
    });
  }
  if (REDIS_SENTINELS && REDIS_TLS !== 'on') {
    faults.push({
      exception: 'plain-redis',
      sentence: 'REDIS_SENTINELS is used without TLS; set REDIS_TLS to on',
    });
  }
  return faults;
}

const isDatabase = (name: string) => /(^|_)DATABASE_URL$/.test(name);
const isAddress = (name: string) => isDatabase(name) || name === 'REDIS_URL' || name === 'SMTP_URL';

/** Whether a connection's server must show a certificate that is checked. A socket of this machine needs none. */
function isVerified(address: string, environment: NodeJS.ProcessEnv): boolean {
  return addressesIn(address).every((one) => isVerifiedAt(URL.parse(one), environment));
}

function isVerifiedAt(url: URL | null, environment: NodeJS.ProcessEnv): boolean {
  const { DATABASE_TLS, DATABASE_CA_FILE, PGSSLMODE = '' } = environment;
  if (url === null) return false;
  if (url.searchParams.get('host')?.startsWith('/')) return true;
  if (DATABASE_TLS) return VERIFIED.includes(DATABASE_TLS);
  return Boolean(DATABASE_CA_FILE) || VERIFIED.includes(url.searchParams.get('sslmode') ?? PGSSLMODE);
}

/** A file's text; empty where it cannot be read, which whoever needs it reports. */
function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function passwordIn(address: string): string {
  const password = URL.parse(addressesIn(address)[0])?.password ?? '';
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}
