/** How this process proves itself to the brokers, and they to it: one set of settings for every client of both libraries. */
import * as z from 'zod';
import { readSettings } from '../process/read-settings.ts';
import { checkPair, isSet, type Parsed, type Refuse, tlsFilesIn } from './checks.ts';
import { lastGood, readSecret } from './secret-file.ts';
import { checkTlsFiles, type TlsFiles } from './tls-files.ts';

const file = () => z.string().min(1).optional();

/** The settings of the connections to Kafka. */
export const kafkaSecuritySettings = {
  KAFKA_SECURITY_PROTOCOL: z
    .enum(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'])
    .default('PLAINTEXT')
    .describe('How the brokers are spoken to, in the words of Kafka’s clients.'),
  KAFKA_CA_FILE: file().describe(
    'Authorities (PEM) that sign the brokers’ certificates; the system’s own without it.',
  ),
  KAFKA_CERT_FILE: file().describe('This process’s certificate (PEM), for mutual TLS.'),
  KAFKA_KEY_FILE: file().describe('The key of KAFKA_CERT_FILE (PEM, without a passphrase).'),
  KAFKA_SASL_MECHANISM: z
    .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'])
    .optional()
    .describe('How this process signs in, with SASL_SSL or SASL_PLAINTEXT.'),
  KAFKA_SASL_USER: z
    .string()
    .min(1)
    .optional()
    .describe('The user of PLAIN and SCRAM; the client’s id of OAUTHBEARER.'),
  KAFKA_SASL_PASSWORD_FILE: file().describe(
    'A file with the password of PLAIN and SCRAM, or the client’s secret of OAUTHBEARER.',
  ),
  KAFKA_OAUTH_TOKEN_URL: z
    .url()
    .regex(/^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/, 'write an https:// address')
    .optional()
    .describe('Where OAUTHBEARER gets tokens for the client’s credentials.'),
  KAFKA_OAUTH_SCOPE: z.string().min(1).optional().describe('The scope that OAUTHBEARER requests.'),
  KAFKA_OAUTH_EXTENSIONS: z
    .string()
    .regex(/^[A-Za-z]+=[^,=]+(,[A-Za-z]+=[^,=]+)*$/, 'write name=value,name=value')
    .optional()
    .describe('SASL extensions of OAUTHBEARER, such as `logicalCluster=lkc-1,identityPoolId=pool-1`.'),
};

/** How a client signs in with a name and a password, or with tokens it gets for them. */
export interface KafkaSasl {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  readonly user: string;
  /** Reads the password or the client's secret from its file. */
  readonly password: () => string;
  /** Of OAUTHBEARER. */
  readonly oauth?: {
    readonly tokenUrl: string;
    readonly scope?: string;
    readonly extensions: Readonly<Record<string, string>>;
  };
}

/** The security of every connection to the brokers; null: without TLS, or without a name. */
export interface KafkaSecurity {
  readonly tls: TlsFiles | null;
  readonly sasl: KafkaSasl | null;
}

export const PLAINTEXT: KafkaSecurity = { tls: null, sasl: null };

/** Refuses settings that contradict each other, each with what to write instead. */
export function checkKafkaSecurity(settings: Parsed, refuse: Refuse): void {
  if (!isSet(settings, 'KAFKA_SECURITY_PROTOCOL')) return;
  const protocol = String(settings['KAFKA_SECURITY_PROTOCOL']);
  const mechanism = settings['KAFKA_SASL_MECHANISM'];
  if (protocol.startsWith('SASL')) checkSasl(settings, refuse);
  else
    for (const variable of ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USER', 'KAFKA_SASL_PASSWORD_FILE'])
      if (isSet(settings, variable))
        refuse(variable, `has no effect with ${protocol}: write SASL_SSL in KAFKA_SECURITY_PROTOCOL`);
  if (!protocol.endsWith('SSL'))
    for (const variable of ['KAFKA_CA_FILE', 'KAFKA_CERT_FILE', 'KAFKA_KEY_FILE'])
      if (isSet(settings, variable))
        refuse(variable, `has no effect with ${protocol}: write SSL or SASL_SSL in KAFKA_SECURITY_PROTOCOL`);
  if (mechanism !== 'OAUTHBEARER')
    for (const variable of ['KAFKA_OAUTH_TOKEN_URL', 'KAFKA_OAUTH_SCOPE', 'KAFKA_OAUTH_EXTENSIONS'])
      if (isSet(settings, variable))
        refuse(
          variable,
          'has no effect without OAUTHBEARER in KAFKA_SASL_MECHANISM: write that, or leave it out',
        );
  checkPair(settings, 'KAFKA', refuse);
}

function checkSasl(settings: Parsed, refuse: Refuse): void {
  const mechanism = settings['KAFKA_SASL_MECHANISM'];
  if (mechanism === undefined) {
    refuse('KAFKA_SASL_MECHANISM', 'is missing: write PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER');
    return;
  }
  const missing = (variable: string, what: string) => {
    if (!isSet(settings, variable)) refuse(variable, `is missing: ${String(mechanism)} needs ${what}`);
  };
  missing('KAFKA_SASL_USER', mechanism === 'OAUTHBEARER' ? 'the client’s id' : 'a user');
  missing('KAFKA_SASL_PASSWORD_FILE', 'a file with the password or the client’s secret');
  if (mechanism === 'OAUTHBEARER') missing('KAFKA_OAUTH_TOKEN_URL', 'the address that issues tokens');
}

/**
 * The security that settings describe, its files checked.
 * @throws Error naming the setting: a contradiction, or a file that is missing, unreadable or expired
 */
export function kafkaSecurity(environment: NodeJS.ProcessEnv = process.env): KafkaSecurity {
  const settings = readSettings(z.object(kafkaSecuritySettings), environment, checkKafkaSecurity);
  const protocol = settings.KAFKA_SECURITY_PROTOCOL;
  const tls = protocol.endsWith('SSL') ? tlsFilesIn(settings, 'KAFKA') : null;
  if (tls !== null) checkTlsFiles(tls);
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USER: user } = settings;
  const passwordFile = settings.KAFKA_SASL_PASSWORD_FILE;
  if (mechanism === undefined || user === undefined || passwordFile === undefined) return { tls, sasl: null };
  const password = lastGood(() => readSecret('KAFKA_SASL_PASSWORD_FILE', passwordFile));
  const tokenUrl = settings.KAFKA_OAUTH_TOKEN_URL;
  return {
    tls,
    sasl: {
      mechanism,
      user,
      password,
      ...(tokenUrl !== undefined && {
        oauth: {
          tokenUrl,
          ...(settings.KAFKA_OAUTH_SCOPE !== undefined && { scope: settings.KAFKA_OAUTH_SCOPE }),
          extensions: extensionsIn(settings.KAFKA_OAUTH_EXTENSIONS),
        },
      }),
    },
  };
}

function extensionsIn(text: string | undefined): Record<string, string> {
  return Object.fromEntries(
    (text ?? '').split(',').flatMap((pair) => {
      const [name, value] = pair.split('=');
      return name && value ? [[name, value]] : [];
    }),
  );
}
