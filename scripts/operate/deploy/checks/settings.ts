/** The settings of each process: known to its code, whole, accepted by its schemas, and what production permits. */
import { PARTICIPANTS } from '#participants/registry.ts';
import { readConfig } from '#platform/process/config.ts';
import { exceptionsOf, faultsIn } from '#platform/process/production.ts';
import { listSettings, schemasOf } from '#scripts/operate/settings/list.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { IMAGE } from '../names.ts';
import { difference } from './kafka.ts';
import { environmentOf, podsIn } from './pods.ts';

/** Of Node and the shell, not of ours. */
const FOREIGN = ['NODE_ENV'];
/** Read by the two jobs, which have no schema. */
const OF_JOBS = ['NODE_ENV', 'DATABASE_URL', 'DATABASE_TLS', 'DATABASE_CA_FILE', 'DATABASE_PASSWORD_FILE'];

/** Settings that a cluster leaves at their defaults, or has no use for; every other one it must set. */
const LEFT: readonly RegExp[] = [
  // One database for all, whose certificates and passwords are files.
  new RegExp(`^(${PARTICIPANTS.map(({ databaseVariable }) => databaseVariable).join('|')})$`),
  /^(KAFKA|DATABASE|REDIS)_(CERT|KEY)_FILE$/,
  /^KAFKA_(PREFIX|OAUTH_.*)$/,
  /^REDIS_(SENTINELS|SENTINEL_NAME|TLS)$/,
  // The ingress ends TLS.
  /^(HTTP|GATEWAY_WEBHOOK)_TLS_(CERT|KEY)_FILE$/,
  // Bounds, rates and paces, whose defaults were measured.
  /^(COUPON|ORDER)_(ADDRESS|SERVICE|USER)_(BURST|PER_SECOND)$/,
  /^COUPON_(GROUP_MAX|GROUP_MS|PROXY_HOPS|QUEUE_MAX|SOCKETS_.*|UNACKNOWLEDGED_MAX)$/,
  /^(INTAKE|LIVE_STREAMS)_/,
  /^GATEWAY_(CALLS|RATE_PER_SECOND|RECONCILE_MS|TIMEOUT_MS|URL)$/,
  /^(AUDITOR_SHARE|DATABASE_POOL|ERASURES_EVERY_MS|LINGER_FROM_PERCENT|RETENTION_EVERY_MS|SCHEDULE_TO_CLOSE_MS|STEP_TIMEOUT_MS)$/,
  // Needs a volume, and a collector: a shop's own.
  /^(RETENTION_EXPORT_DIR|MAIL_DIR|OTEL_.*)$/,
  // A pooler before PostgreSQL is a shop’s own too.
  /^DATABASE_SESSIONS$/,
  // Where browsers reach the coupon API is a shop's own: without it the console shows no campaigns.
  /^COUPON_API_URL$/,
  // Of a machine of one's own.
  /^(AUTH_SECRET_FILE|PRODUCTION_EXCEPTIONS)$/,
];

const SIMULATOR = 'gateway simulator';
const namesOf = (process: string) => schemasOf(process).flatMap(({ shape }) => Object.keys(shape));

/** @returns what a process would refuse at its start, and settings that nobody reads */
export function checkSettings(objects: readonly KubernetesObject[]): string[] {
  const problems: string[] = [];
  for (const { owner, containers } of podsIn(objects)) {
    for (const container of containers.filter(({ image }) => image.includes(IMAGE))) {
      const process = container.name === 'gateway' ? SIMULATOR : container.name;
      const environment = environmentOf(container, objects);
      const known = owner.kind === 'Job' ? OF_JOBS : [...namesOf(process), ...FOREIGN];
      for (const name of Object.keys(environment))
        if (!known.includes(name)) problems.push(`${container.name} reads no ${name}`);
      problems.push(...refusals(container.name, process, environment));
    }
  }
  return problems;
}

function refusals(name: string, process: string, environment: NodeJS.ProcessEnv): string[] {
  const found: string[] = [];
  for (const schema of schemasOf(process)) {
    try {
      readConfig(schema, environment);
    } catch (error) {
      found.push(`${name}: ${(error as Error).message}`);
    }
  }
  const permitted = exceptionsOf(environment);
  for (const { exception, sentence } of faultsIn(environment))
    if (!permitted.has(exception)) found.push(`${name}: ${sentence}`);
  return found;
}

/** @returns settings of the code that neither the overlay sets nor the list above leaves out, and the other way round */
export function checkForgotten(objects: readonly KubernetesObject[]): string[] {
  const processes = new Set(podsIn(objects).map(({ owner }) => owner.metadata.name));
  const ofCode = listSettings()
    .filter(({ processes: readers }) => readers.some((one) => one === 'every process' || processes.has(one)))
    .map(({ name }) => name);
  const set = podsIn(objects).flatMap(({ containers }) =>
    containers
      .filter(({ image }) => image.includes(IMAGE))
      .flatMap((container) => Object.keys(environmentOf(container, objects))),
  );
  const isLeft = (name: string) => LEFT.some((pattern) => pattern.test(name));
  const unused = LEFT.filter((pattern) => !ofCode.some((name) => pattern.test(name)));
  return [
    ...difference(
      'setting',
      ofCode.filter((name) => !isLeft(name)),
      set.filter((name) => !FOREIGN.includes(name) && !isLeft(name)),
    ),
    ...unused.map((pattern) => `${pattern} leaves out no setting`),
  ];
}

/** @returns exceptions of production that a shop's overlay names */
export function checkExceptions(objects: readonly KubernetesObject[]): string[] {
  return podsIn(objects).flatMap(({ containers }) =>
    containers.flatMap((container) => {
      const named = environmentOf(container, objects)['PRODUCTION_EXCEPTIONS'] ?? '';
      return named === '' ? [] : [`${container.name} has exceptions of production: ${named}`];
    }),
  );
}
