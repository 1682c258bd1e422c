/** How this process proves itself to PostgreSQL, and PostgreSQL to it: one set of settings for every client of the driver. */
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { parseIntoClientConfig } from 'pg-connection-string';
import * as z from 'zod';
import { readSettings } from '../process/read-settings.ts';
import { checkPair, isSet, type Parsed, type Refuse, tlsFilesIn } from './checks.ts';
import { addressesIn } from './database-servers.ts';
import { lastGood, readSecret } from './secret-file.ts';
import { checkTlsFiles, type TlsFiles, tlsOptions } from './tls-files.ts';

const file = () => z.string().min(1).optional();

/** The settings of the connections to PostgreSQL, beside their URL. */
export const databaseSecuritySettings = {
  DATABASE_TLS: z
    .enum(['off', 'verify-ca', 'verify-full'])
    .optional()
    .describe(
      'Whether PostgreSQL is spoken to with TLS: `verify-full` checks who signed its certificate and whose name it bears, `verify-ca` only the first. verify-full where DATABASE_CA_FILE is set, else off.',
    ),
  DATABASE_CA_FILE: file().describe(
    'Authorities (PEM) that sign PostgreSQL’s certificate; Node’s own list without it.',
  ),
  DATABASE_CERT_FILE: file().describe('This process’s certificate (PEM), for mutual TLS with PostgreSQL.'),
  DATABASE_KEY_FILE: file().describe('The key of DATABASE_CERT_FILE (PEM, without a passphrase).'),
  DATABASE_PASSWORD_FILE: file().describe(
    'A file with the password of the user in DATABASE_URL, read again for each connection.',
  ),
};

/** The security of every connection to PostgreSQL. */
export interface DatabaseSecurity {
  /** null: without TLS, unless the URL or PGSSLMODE says otherwise. */
  readonly tls: (TlsFiles & { readonly checksName: boolean }) | null;
  /** Reads the password; null: it is in the URL, in PGPASSWORD, or there is none. */
  readonly password: (() => string) | null;
}

/** Refuses settings that contradict each other, each with what to write instead. */
export function checkDatabaseSecurity(settings: Parsed, refuse: Refuse): void {
  if (settings['DATABASE_TLS'] === 'off')
    for (const variable of ['DATABASE_CA_FILE', 'DATABASE_CERT_FILE', 'DATABASE_KEY_FILE'])
      if (isSet(settings, variable))
        refuse(variable, 'has no effect with DATABASE_TLS=off: write verify-full there, or leave it out');
  checkPair(settings, 'DATABASE', refuse);
  for (const [variable, url] of Object.entries(settings))
    if (/(^|_)DATABASE_URL$/.test(variable) && typeof url === 'string')
      checkUrl(settings, variable, url, refuse);
}

/** What libpq calls the servers that a pool uses anyway. */
const TAKES_WRITES = ['read-write', 'primary'];

function checkUrl(settings: Parsed, variable: string, url: string, refuse: Refuse): void {
  for (const one of addressesIn(url)) checkAddress(settings, variable, one, refuse);
}

function checkAddress(settings: Parsed, variable: string, url: string, refuse: Refuse): void {
  const address = URL.canParse(url) ? new URL(url) : null;
  if (address === null || !/^postgres(ql)?:$/.test(address.protocol)) {
    refuse(
      variable,
      'is no address: write postgresql://user@host:port/database, or host:port,host:port for several servers',
    );
    return;
  }
  const wanted = address.searchParams.get('target_session_attrs');
  if (wanted !== null && !TAKES_WRITES.includes(wanted))
    refuse(
      variable,
      `has target_session_attrs=${wanted}, and a process uses the server that takes writes: leave it out`,
    );
  if (isSet(settings, 'DATABASE_PASSWORD_FILE') && address.password !== '')
    refuse(
      'DATABASE_PASSWORD_FILE',
      `is set and ${variable} has a password as well: leave that out of the address`,
    );
  const usesTls = ['DATABASE_TLS', 'DATABASE_CA_FILE', 'DATABASE_CERT_FILE'].some((one) =>
    isSet(settings, one),
  );
  if (usesTls && [...address.searchParams.keys()].some((name) => name.startsWith('ssl')))
    refuse(variable, 'has ssl parameters beside DATABASE_TLS or its files: leave them out of the address');
}

/**
 * The security that settings describe, its files checked.
 * @throws Error naming the setting: a contradiction, or a file that is missing, unreadable or expired
 */
export function databaseSecurity(environment: NodeJS.ProcessEnv = process.env): DatabaseSecurity {
  const settings = readSettings(z.object(databaseSecuritySettings), environment, checkDatabaseSecurity);
  const files = tlsFilesIn(settings, 'DATABASE');
  const hasFiles = files.ca !== undefined || files.identity !== undefined;
  const mode = settings.DATABASE_TLS ?? (hasFiles ? 'verify-full' : 'off');
  if (mode !== 'off') checkTlsFiles(files);
  const passwordFile = settings.DATABASE_PASSWORD_FILE;
  const password =
    passwordFile === undefined ? null : lastGood(() => readSecret('DATABASE_PASSWORD_FILE', passwordFile));
  return { tls: mode === 'off' ? null : { ...files, checksName: mode === 'verify-full' }, password };
}

/**
 * The driver's settings for a connection to `url`. Each connection reads the files again.
 * @param security this process's own without it
 * @throws Error naming a setting: a contradiction, or a file that is missing, unreadable or expired
 */
export function connectionTo(url: string, security: DatabaseSecurity = databaseSecurity()): ClientConfig {
  if (addressesIn(url).length > 1)
    throw new Error('the address of the database names several servers: write the primary alone here');
  const { tls, password } = security;
  const ssl = tls && { ssl: tls.checksName ? tlsOptions(tls) : withoutName(tlsOptions(tls)) };
  // The driver lets a URL win over the settings beside it, with the password that it does not have.
  const place = password === null ? { connectionString: url } : { ...parseIntoClientConfig(url), password };
  return { ...place, ...ssl };
}

function withoutName(options: ConnectionOptions): ConnectionOptions {
  options.checkServerIdentity = () => undefined;
  return options;
}
