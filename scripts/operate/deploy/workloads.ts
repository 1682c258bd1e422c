/**
 * The processes as a cluster runs them. Their names, files, rights and groups come from the code; this file adds what only a
 * deployment decides: how many, how large, and whom they speak to outside.
 */
import { SCALED } from '#participants/access/access.ts';
import { CONTRACTS } from '#participants/registry.ts';
import { TOPICS } from '#protocol/topics.ts';
import { processTable } from '#scripts/run/processes.ts';
import { PORTS, REPLY_KEYS, replyKeySecret } from './names.ts';

/** How many of a process run. */
export type Replicas =
  /** One: further ones would wait for its lock, or do its work twice. */
  | Readonly<{ kind: 'one' }>
  /** As many as the overlay says; two here, so that one may go. */
  | Readonly<{ kind: 'several'; count: number }>
  /** By the lag of its consumer group. More than its partitions would find no work, and never be ready. */
  | Readonly<{ kind: 'by-lag'; least: number; most: number; lag: number }>;

/** A file that comes from a secret or a configuration map, and the setting that names it. */
export interface MountedFile {
  readonly setting: string;
  readonly from: Readonly<{ secret: string; key: string } | { configMap: string; key: string }>;
}

/** Systems outside the cluster, or of others in it; each has a policy of the network. */
export type Outside = 'payment gateway' | 'identity provider' | 'mail server';

export interface Workload {
  readonly name: string;
  /** The file that Node runs, from the project's root. */
  readonly entry: string;
  readonly replicas: Replicas;
  /** Ports that callers reach through a Service, by name. */
  readonly serves: Readonly<Record<string, number>>;
  readonly files: readonly MountedFile[];
  /** Settings from secrets that the code takes from its environment only. */
  readonly secretSettings: Readonly<Record<string, Readonly<{ secret: string; key: string }>>>;
  readonly outside: readonly Outside[];
  readonly cpu: string;
  readonly memory: string;
}

/** What a process has beyond its name and its file. */
type Own = Partial<Omit<Workload, 'name' | 'entry'>>;

const HTTP = { http: PORTS.http };
const several: Replicas = { kind: 'several', count: 2 };
const one: Replicas = { kind: 'one' };

/** The lag for which one more process is started: what it works off in some ten seconds. */
const LAG = 2_000;

/** The partitions over which a group's processes are shared out: the fewest that one of its topics has. */
export function partitionsOf(process: string): number {
  const reads = SCALED.find((access) => access.process === process)?.reads ?? [];
  return Math.min(...reads.map((name) => TOPICS.find((topic) => topic.name === name)?.partitions ?? 0));
}

/**
 * The most of each that are started: one engine carried 1,350 orders/s with its participants (`scripts/verify/bench/results`), and
 * each process may hold six connections to the database.
 */
const MOST: Readonly<Record<string, number>> = { engine: 6, notification: 3, 'coupon-issuer': 3 };
const MOST_PARTICIPANTS = 4;

const byLag = (process: string): Replicas => ({
  kind: 'by-lag',
  least: 2,
  // One more runs during an update, and would never be ready without a partition: the update would stand still.
  most: Math.min(partitionsOf(process) - 1, MOST[process] ?? MOST_PARTICIPANTS),
  lag: LAG,
});

const IDENTITY: MountedFile = {
  setting: 'OIDC_ISSUERS_FILE',
  from: { configMap: 'oidc-issuers', key: 'issuers.json' },
};

const OWN: Readonly<Record<string, Own>> = {
  api: {
    replicas: several,
    serves: HTTP,
    files: [IDENTITY],
    outside: ['identity provider'],
    cpu: '300m',
    memory: '512Mi',
  },
  coupons: {
    replicas: several,
    serves: HTTP,
    files: [
      IDENTITY,
      { setting: 'COUPON_ADDRESS_KEYS_FILE', from: { secret: 'coupon-address-keys', key: 'keys' } },
    ],
    outside: ['identity provider'],
    cpu: '300m',
    // 25,000 WebSockets.
    memory: '1Gi',
  },
  engine: {
    files: [{ setting: 'REPLY_KEYS_FILE', from: { secret: REPLY_KEYS, key: 'keys' } }],
    cpu: '500m',
    memory: '768Mi',
  },
  payment: {
    serves: { webhooks: PORTS.webhooks },
    files: [
      {
        setting: 'GATEWAY_WEBHOOK_SECRET_FILE',
        from: { secret: 'payment-gateway', key: 'webhook-secret' },
      },
    ],
    secretSettings: { GATEWAY_KEY: { secret: 'payment-gateway', key: 'key' } },
    outside: ['payment gateway'],
  },
  notification: {
    secretSettings: { SMTP_URL: { secret: 'mail-server', key: 'url' } },
    outside: ['mail server'],
  },
  auditor: { replicas: one, serves: HTTP, files: [IDENTITY], outside: ['identity provider'] },
  retention: { replicas: one },
};

const NAMES_OF_SIGNERS = CONTRACTS.map(({ name }) => name);

/** Every process of a system in production: no simulated gateway, no demo shop, no collector of its own. */
export const WORKLOADS: readonly Workload[] = processTable({
  engines: 1,
  issuers: 1,
  gateway: 'none',
  shop: false,
  observe: false,
}).map(({ name, entry }) => {
  const own = OWN[name] ?? {};
  const signs: MountedFile[] = NAMES_OF_SIGNERS.includes(name)
    ? [{ setting: 'REPLY_KEY_FILE', from: { secret: replyKeySecret(name), key: 'key' } }]
    : [];
  return {
    name,
    entry,
    replicas: own.replicas ?? byLag(name),
    serves: own.serves ?? {},
    files: [...signs, ...(own.files ?? [])],
    secretSettings: own.secretSettings ?? {},
    outside: own.outside ?? [],
    cpu: own.cpu ?? '150m',
    memory: own.memory ?? '384Mi',
  };
});
