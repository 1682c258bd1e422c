/** The system a benchmark runs against: the one that `npm start` runs already, or one started for it. */
import { once } from 'node:events';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { readSecret } from '#scripts/run/stack/secret.ts';
import { connectAsAdmin } from '#scripts/run/stack/secure/connections.ts';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { type StackStatus, stackStatus } from '#scripts/run/stack/status.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { startSystem } from '#scripts/run/system.ts';

export type GatewayMode = 'none' | 'simulator';

/** The system as a benchmark needs it. */
export interface Target {
  readonly apiUrl: string;
  readonly couponsUrl: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly brokers: string;
  /** In front of its topics. */
  readonly prefix: string;
  /** A token of the role `service`. */
  readonly token: string;
  /** The secret of its tokens, from which the seal of coupon requests' ids is derived. */
  readonly secret: Uint8Array;
  readonly gateway: GatewayMode;
  readonly gatewayUrl: string | undefined;
  /** The pids of its processes and of the stack's, by name. */
  pids(): Promise<Readonly<Record<string, number>>>;
}

const READY_WITHIN_MS = 3_000;
const TRACED_SHARE = 0.01;

/**
 * Finds the running system or starts one, runs `work` on it, and stops it again if it was started here.
 * @param options.observe starts it with metrics scraped, alerts evaluated and 1 % of the requests traced
 * @param options.gateway the gateway that the running system must have; undefined: any, and `none` for a new one
 * @throws StackProblem when a system runs with another gateway, or is not ready
 */
export async function onTarget<T>(
  options: {
    stack: string;
    gateway: GatewayMode | undefined;
    observe?: boolean;
    /** Beside what the processes have anyway; a system that runs already is refused. */
    environment?: Readonly<Record<string, string>>;
    print: (line: string) => void;
  },
  work: (target: Target) => Promise<T>,
): Promise<T> {
  const { stack, gateway = 'none', observe = false, print } = options;
  connectAsAdmin(stack);
  const before = await stackStatus(stack);
  if (before.api !== null && before.processes['api'] !== undefined) {
    if (options.environment !== undefined)
      throw new StackProblem(`A system runs on the stack "${stack}": name another stack.`);
    return work(await running(stack, before, options.gateway));
  }
  print(`no system runs on the stack "${stack}": starting one, with the gateway ${gateway}`);
  const wasUp = Boolean(before.kafka && before.postgres && before.redis);
  // Stops here what was started here, on Ctrl-C too.
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => interrupted.abort());
  try {
    const system = await startSystem({
      ...{ stack, gateway, observe, print, signal: interrupted.signal },
      // As in production, not each request as on a local stack.
      environment: {
        ...(observe && { OTEL_TRACES_SAMPLER_ARG: String(TRACED_SHARE) }),
        ...options.environment,
      },
    });
    try {
      const target = await running(stack, await stackStatus(stack), gateway);
      return await Promise.race([work(target), failWhenAborted(interrupted.signal)]);
    } finally {
      await system.stop();
    }
  } finally {
    if (!wasUp) await stackDown(stack);
  }
}

async function failWhenAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw new StackProblem('interrupted: nothing to report');
}

async function running(stack: string, status: StackStatus, wanted: GatewayMode | undefined): Promise<Target> {
  const { api, coupons, postgres, redis, kafka } = status;
  if (api === null || coupons === null || postgres === null || redis === null || kafka === null) {
    throw new StackProblem(
      `The system on the stack "${stack}" is not whole: \`npm run stack -- status\` tells.`,
    );
  }
  const gateway = status.gateway === null ? 'none' : 'simulator';
  if (wanted !== undefined && wanted !== gateway) {
    throw new StackProblem(
      `The system that runs has the gateway ${gateway}, not ${wanted}: end it and let the benchmark start its own, or \`npm start -- --gateway ${wanted}\`.`,
    );
  }
  for (const url of [api, coupons]) {
    const signal = AbortSignal.timeout(READY_WITHIN_MS);
    const ready = await fetch(`${url}/readyz`, { signal }).catch(() => null);
    if (ready?.status !== 200) throw new StackProblem(`The API at ${url} is not ready.`);
  }
  return {
    apiUrl: api,
    couponsUrl: coupons,
    databaseUrl: postgres,
    redisUrl: redis,
    brokers: kafka,
    prefix: '',
    token: await tokenFor(roleHolder('service'), stack),
    secret: new TextEncoder().encode(readSecret(stack)),
    gateway,
    gatewayUrl: status.gateway ?? undefined,
    pids: async () => (await stackStatus(stack)).processes,
  };
}
