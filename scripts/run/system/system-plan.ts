/** Decides the shape of a system: its processes, their ports, their environment. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { accessOf } from '#participants/access/access.ts';
import { environmentOf, type ProcessPlan, processTable, WEBHOOK, withOwnSecrets } from '../processes.ts';
import { placesOf, root } from '../stack/places.ts';
import { freePorts, isFree, portBaseOf } from '../stack/ports.ts';
import { StackProblem } from '../stack/problem.ts';
import { ensureSecret, ensureWebhookSecret } from '../stack/secret.ts';
import { isSecure, principalOf, secureEnvironment } from '../stack/secure/connections.ts';
import { urlFor } from '../stack/secure/permissions.ts';
import type { Addresses } from '../stack/stack.ts';
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
  return Object.fromEntries(plans.map(({ name }, index) => [name, `http://127.0.0.1:${ports[index]}`]));
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
    ...secured(plan, stack as string, addresses),
    HTTP_PORT: port,
    ...own,
  };
}

/** The principals of one process on a secured stack: it gets no password but its own. */
function secured({ name }: ProcessPlan, stack: string, { postgres }: Addresses): Record<string, string> {
  const access = accessOf(name);
  if (access === undefined || !isSecure(stack)) return {};
  const { reads, writes, schema, redisKeys } = access;
  const principal = principalOf(name);
  return {
    ...secureEnvironment(stack, {
      ...(reads.length + writes.length > 0 && { kafka: principal }),
      ...(schema !== null && { database: principal }),
      ...(redisKeys !== null && { redis: principal }),
    }),
    ...(schema !== null && { DATABASE_URL: urlFor(postgres, principal) }),
  };
}
