/** Decides the shape of a system: its processes, their ports, their environment. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { accessOf } from '#participants/access/access.ts';
import { EXCEPTIONS } from '#platform/process/production.ts';
import { environmentOf, type ProcessPlan, processTable, WEBHOOK, withOwnSecrets } from '../processes.ts';
import { pooledUrl } from '../stack/pgbouncer.ts';
import { placesOf, root } from '../stack/places.ts';
import { freePorts, isFree, portBaseOf } from '../stack/ports.ts';
import { StackProblem } from '../stack/problem.ts';
import { ensureSecret, ensureWebhookSecret } from '../stack/secret.ts';
import { filesOf } from '../stack/secure/certificates.ts';
import { authorityOf, isSecure, principalOf, secureEnvironment } from '../stack/secure/connections.ts';
import { urlFor } from '../stack/secure/permissions.ts';
import { replyKeySettings } from '../stack/secure/reply-keys.ts';
import { secureFolder, WEBHOOKS } from '../stack/secure/secrets.ts';
import type { Addresses } from '../stack/stack.ts';
import { readState } from '../stack/state.ts';
import type { SystemOptions } from './system-options.ts';

/** The processes that the options select, each with an existing file. */
export function plansOf({
  engines = 1,
  issuers = 1,
  gateway = 'simulator',
  shop = false,
  observe = false,
  only,
  entryFor = {},
}: SystemOptions): ProcessPlan[] {
  const table = processTable({ engines, issuers, gateway, shop, observe });
  const all = table.map((plan) => ({ ...plan, entry: entryFor[plan.name] ?? plan.entry }));
  const unknown = only?.find((name) => !all.some((plan) => plan.name === name));
  if (unknown)
    throw new StackProblem(`There is no process "${unknown}": ${all.map(({ name }) => name).join(', ')}.`);
  const plans = only ? all.filter(({ name }) => only.includes(name)) : all;
  const missing = plans.filter(({ entry }) => !existsSync(join(root, entry))).map(({ entry }) => entry);
  if (missing.length > 0) throw new StackProblem(`These files are missing: ${missing.join(', ')}.`);
  return plans;
}

/** The base URL of each process, and of payment's webhooks where the simulator sends them: fixed ports for the one system of `dev`, free ones for every other. */
export async function urlsFor(
  stack: string,
  prefix: string,
  processes: ProcessPlan[],
): Promise<Record<string, string>> {
  const hasWebhooks = ['gateway', 'payment'].every((name) => processes.some((one) => one.name === name));
  const plans = hasWebhooks ? [...processes, WEBHOOK] : processes;
  const base = prefix === '' ? portBaseOf(stack) : undefined;
  const ports =
    base === undefined ? await freePorts(plans.length) : plans.map(({ portOffset }) => base + portOffset);
  for (const [index, { name }] of plans.entries()) {
    if (await isFree(ports[index] as number)) continue;
    throw new StackProblem(
      `Port ${ports[index]}, which ${name} needs, is taken: end what listens there, or choose other ports with STACK_PORT_BASE (such as 49000) and another stack with --stack.`,
    );
  }
  const scheme = (name: string) => (name === WEBHOOK.name && isSecure(stack) ? 'https' : 'http');
  return Object.fromEntries(
    plans.map(({ name }, index) => [name, `${scheme(name)}://127.0.0.1:${ports[index]}`]),
  );
}

/** The folders of a system: its logs, its mail and the simulated gateway's ledger, made where they are missing. */
export function foldersOf(stack: string, prefix: string): { logs: string; mail: string; gateway: string } {
  const { logs, mail, data } = placesOf(stack);
  const own = prefix.replaceAll(/[^\w-]/g, '');
  const folders = { logs: join(logs, own), mail: join(mail, own), gateway: join(data, 'gateway', own) };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  return folders;
}

/** The environment of one process. */
export function environmentFor(
  plan: ProcessPlan,
  options: SystemOptions,
  addresses: Addresses,
  urls: Record<string, string>,
): NodeJS.ProcessEnv {
  const { stack, prefix = '', gateway = 'simulator' } = options;
  const folders = foldersOf(stack as string, prefix);
  const common = environmentOf(
    {
      kafka: addresses.kafka,
      redis: addresses.redis,
      databaseUrl: addresses.postgres,
      prefix,
      gateway,
      gatewayUrl: urls.gateway,
      apiUrl: urls.api,
      couponsUrl: urls.coupons,
      shopUrl: urls.shop,
      webhookUrl: urls[WEBHOOK.name],
      webhookSecretFile: ensureWebhookSecret(stack as string),
      ledgerFile: join(folders.gateway, 'ledger.jsonl'),
      tracesUrl: urls.traces,
      tracesFile: join(folders.logs, 'traces.jsonl'),
      secretFile: ensureSecret(stack as string),
      mailFolder: folders.mail,
    },
    process.env,
  );
  const port = new URL(urls[plan.name] as string).port;
  const own = { ...plan.environment, ...options.environment, ...options.environmentFor?.[plan.name] };
  return {
    ...withOwnSecrets(plan.name, common),
    ...securedEnvironment(plan.name, stack as string, addresses.postgres),
    ...withWebhookTls(plan, stack as string),
    ...throughPooler(plan.name, stack as string, addresses.postgres),
    HTTP_PORT: port,
    ...own,
  };
}

/** On a stack with a pooler: its address for a process that may use it. */
function throughPooler(name: string, stack: string, postgres: string): Record<string, string> {
  const pooler = readState(stack)?.pooler;
  if (pooler === undefined) return {};
  const url = pooledUrl(pooler.port, name, new URL(postgres).pathname.slice(1));
  return url === null ? {} : { DATABASE_URL: url, DATABASE_SESSIONS: 'role' };
}

/**
 * The environment of one process as its own principal; none on a stack without `--secure`. It has no password but its own, nor
 * another's key.
 * @param postgres the address of its database
 */
export function securedEnvironment(name: string, stack: string, postgres: string): Record<string, string> {
  const access = accessOf(name);
  if (access === undefined || !isSecure(stack)) return {};
  const { reads, writes, schema, redisKeys } = access;
  const principal = principalOf(name);
  const principals = {
    ...(reads.length + writes.length > 0 && { kafka: principal }),
    ...(schema !== null && { database: principal }),
    ...(redisKeys !== null && { redis: principal }),
  };
  return {
    ...secureEnvironment(stack, principals),
    PRODUCTION_EXCEPTIONS: exceptionsBeside(Object.keys(principals)),
    ...(schema !== null && { DATABASE_URL: urlFor(postgres, principal) }),
    ...replyKeySettings(stack, principal),
  };
}

/** A process with a principal at a server ends where its connection there has no TLS, as in production. */
function exceptionsBeside(servers: readonly string[]): string {
  const plain = servers.map((server) => (server === 'database' ? 'plain-postgres' : `plain-${server}`));
  return Object.keys(EXCEPTIONS)
    .filter((name) => !plain.includes(name))
    .join(',');
}

/** On a secured stack payment receives webhooks over TLS, and the simulated gateway trusts its certificate. */
function withWebhookTls({ name }: ProcessPlan, stack: string): Record<string, string> {
  if (!isSecure(stack)) return {};
  if (name === 'gateway') return { NODE_EXTRA_CA_CERTS: authorityOf(stack) };
  if (name !== 'payment') return {};
  const { cert, key } = filesOf(secureFolder(stack), WEBHOOKS);
  return { GATEWAY_WEBHOOK_TLS_CERT_FILE: cert, GATEWAY_WEBHOOK_TLS_KEY_FILE: key };
}
