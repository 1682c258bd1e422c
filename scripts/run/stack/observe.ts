/**
 * What observes a stack: Prometheus, Alertmanager, and the exporters of the machine, of PostgreSQL and of Redis, as Debian and
 * Homebrew have them. The brokers export by an agent of their own (`kafka.ts`).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { POSTGRES_EXPORTER, REDIS_EXPORTER } from '#participants/access/access.ts';
import { inPath } from '../setup/command.mjs';
import { ensureSystemPackages } from '../setup/system.mjs';
import type { Launch } from './detached.ts';
import { type Places, placesOf, root } from './places.ts';
import type { ObservePorts } from './ports.ts';
import { postgresUrl } from './postgres.ts';
import { StackProblem } from './problem.ts';
import { authorityOf } from './secure/connections.ts';
import { passwordFile, passwordOf } from './secure/secrets.ts';
import type { Service, ServicesOf } from './service.ts';
import { type StackState, writeJson } from './state.ts';

const PACKAGES = {
  apt: [
    'prometheus',
    'prometheus-alertmanager',
    'prometheus-node-exporter',
    'prometheus-postgres-exporter',
    'prometheus-redis-exporter',
  ],
  brew: ['prometheus', 'alertmanager', 'node_exporter', 'postgres_exporter', 'redis_exporter'],
};

/** Installs what is missing. @throws SetupProblem with the command to run */
export async function ensureObservers(print: (line: string) => void): Promise<void> {
  const names = [
    ['prometheus'],
    ...PACKAGES.apt.slice(1).map((apt, index) => [apt, PACKAGES.brew[index + 1] as string]),
  ];
  if (names.some((some) => some.every((name) => !inPath(name))))
    await ensureSystemPackages('--observe', PACKAGES, print);
}

/** Under its Debian or its Homebrew name. */
function program(...names: string[]): string {
  const found = names.find((name) => inPath(name));
  if (found === undefined) throw new StackProblem(`There is no ${names.join(' or ')} in your PATH.`);
  return found;
}

export const observeServices: ServicesOf = (state, places) => {
  const { observe } = state;
  if (observe === undefined) return [];
  const data = join(places.data, 'prometheus');
  const config = join(data, 'prometheus.yml');
  const alerts = join(data, 'alertmanager.yml');
  const service = (
    name: string,
    port: number,
    signature: string,
    launch: () => Omit<Launch, 'logFile'>,
    path = '/metrics',
  ): Service => {
    const logFile = join(places.logs, `${name}.log`);
    return {
      name,
      ports: [port],
      signature,
      endSignal: 'SIGTERM',
      logFile,
      prepare: async () => ({ ...launch(), logFile }),
      answers: () =>
        fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(1_000) }).then(
          ({ ok }) => ok,
          () => false,
        ),
    };
  };
  const listens = (port: number) => `--web.listen-address=127.0.0.1:${port}`;
  return [
    service('node-exporter', observe.node, listens(observe.node), () => ({
      command: program('prometheus-node-exporter', 'node_exporter'),
      args: [listens(observe.node)],
    })),
    service('postgres-exporter', observe.postgres, listens(observe.postgres), () => ({
      command: program('prometheus-postgres-exporter', 'postgres_exporter'),
      args: [listens(observe.postgres)],
      env: postgresSource(state),
    })),
    service('redis-exporter', observe.redis, `127.0.0.1:${observe.redis}`, () => ({
      command: program('prometheus-redis-exporter', 'redis_exporter'),
      args: [
        `-web.listen-address=127.0.0.1:${observe.redis}`,
        `-redis.addr=${state.secure ? 'rediss' : 'redis'}://127.0.0.1:${state.ports.redis}`,
        ...(state.secure ? redisUser(state.name) : []),
      ],
      ...(state.secure && { env: { REDIS_PASSWORD: passwordOf(state.name, 'redis', REDIS_EXPORTER) } }),
    })),
    service(
      'alertmanager',
      observe.alertmanager,
      alerts,
      () => {
        mkdirSync(data, { recursive: true });
        // Shows the alerts on its page; deploy/prometheus/alertmanager.yml is the one to send them by.
        writeFileSync(alerts, 'route: { receiver: page }\nreceivers: [{ name: page }]\n');
        const args = [
          `--config.file=${alerts}`,
          `--storage.path=${join(data, 'alertmanager')}`,
          listens(observe.alertmanager),
          '--cluster.listen-address=',
        ];
        return { command: program('prometheus-alertmanager', 'alertmanager'), args };
      },
      '/-/ready',
    ),
    service(
      'prometheus',
      observe.prometheus,
      config,
      () => {
        mkdirSync(data, { recursive: true });
        writeFileSync(config, prometheusConfig(observe, places));
        const args = [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(data, 'series')}`,
          '--storage.tsdb.retention.time=2d',
          '--enable-feature=exemplar-storage',
          listens(observe.prometheus),
        ];
        return { command: program('prometheus'), args };
      },
      '/-/ready',
    ),
  ];
};

/** How the exporter finds PostgreSQL. The systems' databases come later; the server's own is there from the start. */
function postgresSource({ name, secure, ports }: StackState): Record<string, string> {
  const url = postgresUrl(ports.postgres, 'postgres');
  if (!secure) return { DATA_SOURCE_NAME: `${url}?sslmode=disable` };
  const { host, pathname } = new URL(url);
  return {
    DATA_SOURCE_URI: `${host}${pathname}?sslmode=verify-full&sslrootcert=${encodeURIComponent(authorityOf(name))}`,
    DATA_SOURCE_USER: POSTGRES_EXPORTER,
    DATA_SOURCE_PASS_FILE: passwordFile(name, 'database', POSTGRES_EXPORTER),
  };
}

/** Its exporter's user on a secured stack, which may not read Redis's settings. */
function redisUser(stack: string): string[] {
  return [`-redis.user=${REDIS_EXPORTER}`, `-tls-ca-cert-file=${authorityOf(stack)}`, '-config-command=-'];
}

/** Where Prometheus finds the processes of the systems on the stack; it reads it again whenever it changes. */
export function targetsFile(places: Places): string {
  return join(places.data, 'prometheus', 'targets.json');
}

/** Addresses of a system that have no metrics. */
const WITHOUT_METRICS = ['webhooks', 'traces'];

/** Scraped more often than the others. */
const BURSTS = new Set(['api', 'coupons', 'coupon-issuer']);
const OFTEN = { __scrape_interval__: '5s' };

/** Tells Prometheus the processes of a system. @param urls by the processes' names */
export function writeTargets(stack: string, urls: Readonly<Record<string, string>>): void {
  writeJson(
    targetsFile(placesOf(stack)),
    Object.entries(urls)
      .filter(([name]) => !WITHOUT_METRICS.includes(name))
      .map(([name, url]) => ({
        targets: [new URL(url).host],
        labels: { job: jobOf(name), process: name, ...(BURSTS.has(jobOf(name)) && OFTEN) },
      })),
  );
}

function jobOf(process: string): string {
  return process.replace(/-\d+$/, '');
}

/** Scrapes as often as `deploy/prometheus/prometheus.yml` does, where the reasons stand. */
function prometheusConfig(observe: ObservePorts, places: Places): string {
  const at = (ports: readonly number[]) => ports.map((port) => `'127.0.0.1:${port}'`).join(', ');
  const job = (name: string, ports: readonly number[]) =>
    `  - { job_name: ${name}, static_configs: [{ targets: [${at(ports)}] }] }`;
  return [
    'global: { scrape_interval: 15s, scrape_timeout: 4s, evaluation_interval: 5s }',
    `rule_files: ['${join(root, 'deploy/prometheus/rules')}/*.yml']`,
    `alerting: { alertmanagers: [{ static_configs: [{ targets: [${at([observe.alertmanager])}] }] }] }`,
    'scrape_configs:',
    `  - { job_name: processes, file_sd_configs: [{ files: ['${targetsFile(places)}'], refresh_interval: 5s }] }`,
    job('kafka', observe.brokers),
    job('node', [observe.node]),
    job('postgres', [observe.postgres]),
    job('redis', [observe.redis]),
    '',
  ].join('\n');
}
