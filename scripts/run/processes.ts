/** The process table: one entry a process, with its file, its port and the environment of its own. */
import { join } from 'node:path';
import { PARTICIPANTS, type ParticipantEntry } from '#participants/registry.ts';
import { EXCEPTIONS } from '#platform/process/production.ts';
import { localEnvironment } from './setup/environment.mjs';
import { localFolder } from './stack/places.ts';

/** The settings of the system that decide which processes it has. */
export type Setting = Readonly<{
  engines: number;
  /** Processes that decide on coupons. */
  issuers: number;
  gateway: 'none' | 'simulator';
  /** Whether the demo shop's page is served. */
  shop: boolean;
  /** Whether traces are collected. */
  observe: boolean;
}>;

export type ProcessPlan = Readonly<{
  /** Its name in `processes`, in the logs and on screen. */
  name: string;
  /** The file that Node runs, from the project's root. */
  entry: string;
  /** Its port above the base (29000) on the stack `dev`; other stacks use free ports. */
  portOffset: number;
  /** Under which name `stack -- status` gives its URL. */
  url?: 'api' | 'coupons' | 'gateway' | 'shop' | 'traces';
  /** Environment that this process alone gets. */
  environment?: Record<string, string>;
}>;

/** Payment's port for the gateway's webhooks. */
export const WEBHOOK = { name: 'webhooks', portOffset: 78, path: '/webhooks/stripe' } as const;

const maxEngines = 9;
const maxIssuers = 2;
/** The second issuer's port: the registry has one port for each participant. */
const SECOND_ISSUER_PORT_OFFSET = 107;

/** The processes to start, in the order in which they are shown. */
export function processTable({ engines, issuers, gateway, shop, observe }: Setting): ProcessPlan[] {
  const engine = Array.from({ length: Math.min(engines, maxEngines) }, (_, index) => {
    const name = index === 0 ? 'engine' : `engine-${index + 1}`;
    return {
      name,
      entry: 'orchestrator/engine.main.ts',
      portOffset: 90 + index,
      environment: { ENGINE_ID: name },
    };
  });
  const simulator: ProcessPlan = {
    name: 'gateway',
    entry: 'scripts/gateway-simulator/main.ts',
    portOffset: 85,
    url: 'gateway',
  };
  const page: ProcessPlan = { name: 'shop', entry: 'scripts/shop/main.ts', portOffset: 82, url: 'shop' };
  const collector: ProcessPlan = {
    name: 'traces',
    entry: 'scripts/operate/traces/main.ts',
    portOffset: 318,
    url: 'traces',
  };
  const plans = PARTICIPANTS.map(planOf);
  const facesCustomers = ({ url }: ProcessPlan) => url !== undefined;
  return [
    ...(observe ? [collector] : []),
    { name: 'api', entry: 'orchestrator/api.main.ts', portOffset: 80, url: 'api' },
    ...plans.filter(facesCustomers),
    ...engine,
    ...(gateway === 'simulator' ? [simulator] : []),
    ...(shop ? [page] : []),
    ...plans.filter((plan) => !facesCustomers(plan)).flatMap((plan) => issuersOf(plan, issuers)),
    { name: 'auditor', entry: 'auditor/main.ts', portOffset: 108 },
    { name: 'retention', entry: 'orchestrator/retention.main.ts', portOffset: 109 },
  ];
}

function planOf({ name, main, portOffset }: ParticipantEntry): ProcessPlan {
  return { name, entry: main, portOffset, ...(name === 'coupons' && { url: name }) };
}

/** Several issuers may run side by side; every other participant has one process. */
function issuersOf(plan: ProcessPlan, issuers: number): ProcessPlan[] {
  if (plan.name !== 'coupon-issuer') return [plan];
  const second = { ...plan, name: `${plan.name}-2`, portOffset: SECOND_ISSUER_PORT_OFFSET };
  return [plan, second].slice(0, Math.min(issuers, maxIssuers));
}

/** The environment that every process gets, beside its own port. */
export type Surroundings = Readonly<{
  kafka: string;
  prefix: string;
  databaseUrl: string;
  redis: string;
  secretFile: string;
  mailFolder: string;
  gateway: 'none' | 'simulator';
  /** Where the gateway answers; undefined where there is none. */
  gatewayUrl: string | undefined;
  /** Where browsers reach the two APIs, and the demo shop's page if there is one: they let it call them. */
  apiUrl: string | undefined;
  couponsUrl: string | undefined;
  shopUrl: string | undefined;
  /** Where payment receives the gateway's webhooks; undefined where it receives none. */
  webhookUrl: string | undefined;
  webhookSecretFile: string;
  /** The file of the simulator's ledger. */
  ledgerFile: string;
  /** Where spans are collected; undefined where nobody does. */
  tracesUrl: string | undefined;
  tracesFile: string;
}>;

/** The key of the simulated gateway on a local stack. */
export const LOCAL_GATEWAY_KEY = 'sk_test_local';

/** Secrets, each with the processes that use it: no other process gets it. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  AUTH_SECRET_FILE: ['api', 'coupons', 'auditor', 'shop'],
  GATEWAY_KEY: ['payment', 'gateway'],
  GATEWAY_WEBHOOK_SECRET_FILE: ['payment', 'gateway'],
};

/** An environment without the secrets of other processes. @param name the process's */
export function withOwnSecrets(name: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOwn = (variable: string) => SECRETS[variable]?.includes(name) ?? true;
  return Object.fromEntries(Object.entries(environment).filter(([variable]) => isOwn(variable)));
}

/** The settings by which the shop and the console find the APIs, which let their pages call them beside the origins listed already. */
function forPages({ apiUrl, couponsUrl, shopUrl }: Surroundings, inherited: NodeJS.ProcessEnv) {
  const listed = (origins = '', ...pages: ReadonlyArray<string | undefined>) =>
    [origins, ...pages].filter((one) => one !== undefined && one !== '').join(',');
  return {
    ORDER_ORIGINS: listed(inherited['ORDER_ORIGINS'], shopUrl),
    // The order API serves the console’s page.
    COUPON_ORIGINS: listed(inherited['COUPON_ORIGINS'], shopUrl, apiUrl),
    ...(apiUrl !== undefined && { ORDER_API_URL: apiUrl }),
    ...(couponsUrl !== undefined && { COUPON_API_URL: couponsUrl }),
  };
}

/** The simulator sends signed webhooks, and payment receives them. */
function forWebhooks({ webhookUrl, webhookSecretFile }: Surroundings) {
  if (webhookUrl === undefined) return {};
  return {
    GATEWAY_WEBHOOK_URL: `${webhookUrl}${WEBHOOK.path}`,
    GATEWAY_WEBHOOK_PORT: new URL(webhookUrl).port,
    GATEWAY_WEBHOOK_SECRET_FILE: webhookSecretFile,
  };
}

/** On a local stack each request is traced. */
function forTraces({ tracesUrl, tracesFile }: Surroundings) {
  if (tracesUrl === undefined) return {};
  return {
    OTEL_EXPORTER_OTLP_ENDPOINT: tracesUrl,
    OTEL_TRACES_SAMPLER_ARG: '1',
    TRACES_FILE: tracesFile,
  };
}

/** The environment of the processes, on top of which each is given HTTP_PORT. */
export function environmentOf(around: Surroundings, inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    LOG_LEVEL: 'info',
    ...localEnvironment(inherited),
    NODE_ENV: 'production',
    // It is production's code on a machine of one's own.
    PRODUCTION_EXCEPTIONS: Object.keys(EXCEPTIONS).join(','),
    KAFKA_BROKERS: around.kafka,
    KAFKA_PREFIX: around.prefix,
    DATABASE_URL: around.databaseUrl,
    REDIS_URL: around.redis,
    HTTP_HOST: '127.0.0.1',
    AUTH_SECRET_FILE: around.secretFile,
    GATEWAY: around.gateway,
    ...(around.gatewayUrl === undefined ? {} : { GATEWAY_URL: around.gatewayUrl }),
    GATEWAY_LEDGER: around.ledgerFile,
    ...forPages(around, inherited),
    ...forWebhooks(around),
    ...forTraces(around),
    GATEWAY_KEY: LOCAL_GATEWAY_KEY,
    MAIL_DIR: around.mailFolder,
    // Each consumer that waits holds one of these threads.
    UV_THREADPOOL_SIZE: '8',
    MALLOC_ARENA_MAX: '2',
    // A process that died is back sooner: some four hundred modules need not be compiled, nor their types stripped, again.
    NODE_COMPILE_CACHE: join(localFolder, 'compile-cache'),
    // A batch's objects live for some milliseconds: with room for several batches in the young generation, few of
    // them are copied.
    NODE_OPTIONS: '--max-semi-space-size=32',
  };
}
