/** The observed system of a run of drills: a stack of its own, three brokers, two engines and two issuers, under ordinary load. */
import pg from 'pg';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import { refuseSecond, type System, startSystem } from '#scripts/run/system.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import type { Scene } from './drill.ts';
import { identityProvider } from './identity-provider.ts';
import { type Load, startLoad } from './load.ts';
import { shiftedClock } from './shifted-clock.ts';

/** Never the developer's, never the tests'. */
const DRILL_STACK = 'drills';
const GATEWAY_KEY = 'sk_test_local';
const ENDS_WITHIN_MS = 300_000;
/** Rounds so often that a drill sees several, and months so short that one can be old. */
const RETENTION = { RETENTION_EVERY_MS: '20000', RETENTION_ORDERS_MONTHS: '2' };

export interface OpenScene extends Scene {
  readonly prometheus: string;
  readonly load: Load;
  /** Ends everything and removes its data. */
  close(): Promise<void>;
}

/** @throws StackProblem when a run is going on already, or something does not start */
export async function openScene(
  ordersPerSecond: number,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<OpenScene> {
  refuseSecond(DRILL_STACK);
  await stackDown(DRILL_STACK, { wipe: true });
  const clock = shiftedClock(DRILL_STACK);
  const provider = await identityProvider(DRILL_STACK);
  const system = await startSystem({
    stack: DRILL_STACK,
    ...{ brokers: 3, engines: 2, issuers: 2, gateway: 'simulator', observe: true },
    ...{ signal, print },
    environmentFor: { retention: RETENTION, shipping: clock.environment, api: provider.environment },
  }).catch(async (error) => {
    await provider.stop();
    throw error;
  });
  const load = await startLoad(system.urls, DRILL_STACK, ordersPerSecond).catch(async (error) => {
    await Promise.all([system.stop(), provider.stop()]);
    throw error;
  });
  const call = await operatorOf(system);
  // PostgreSQL is stopped by a drill: later ones connect anew.
  let client = await connect(system);
  const sql = {
    query: async (text: string, values: unknown[] = []) => {
      try {
        return await client.query(text, values);
      } catch (error) {
        if ((error as { code?: string }).code !== undefined && !isGone(error)) throw error;
        client = await connect(system);
        return client.query(text, values);
      }
    },
  };

  return {
    stack: DRILL_STACK,
    system,
    sql,
    load,
    gatewayKey: GATEWAY_KEY,
    prometheus: system.addresses.prometheus as string,
    provider,
    setShippingClock: clock.set,
    setRate: load.setRate,
    async requestCoupons(count) {
      await Promise.all(Array.from({ length: count }, load.requestCoupon));
    },
    async place(count, wanted = {}) {
      const ids = await Promise.all(Array.from({ length: count }, () => load.place(wanted)));
      return ids.filter((id) => id !== null);
    },
    async act(sagaId, action) {
      const { etag } = await call('GET', `/v1/sagas/${sagaId}`);
      const body = { action, reason: 'a drill' };
      await call('POST', `/v1/sagas/${sagaId}/actions`, body, { 'if-match': etag });
    },
    async until(ids, statuses) {
      const shown = () => Promise.all(ids.map(async (id) => (await call('GET', `/v1/sagas/${id}`)).body));
      await waitUntil(shown, (some) => some.every(({ status }) => statuses.includes(status)), {
        withinMs: ENDS_WITHIN_MS,
        everyMs: 500,
      });
    },
    async gateway(method, path, body) {
      const answer = await fetch(`${system.urls['gateway']}/_sim/${path}`, {
        method,
        headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${method} /_sim/${path}: ${answer.status} ${await answer.text()}`);
    },
    async close() {
      await load.stop();
      await client.end().catch(() => {});
      await Promise.all([system.stop(), provider.stop()]);
      await stackDown(DRILL_STACK, { wipe: true });
    },
  };
}

/** Classes 08 and 57 of SQLSTATE, and errors of sockets: the connection is gone. */
function isGone(error: unknown): boolean {
  const { code = '' } = error as { code?: string };
  return code.startsWith('08') || code.startsWith('57') || code.startsWith('E');
}

async function connect({ addresses }: System): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: addresses.postgres, application_name: 'drills' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Calls the order API as an operator. */
async function operatorOf({ urls, stack }: System) {
  const token = await tokenFor(roleHolder('operator'), stack);
  return async (method: 'GET' | 'POST', path: string, body?: unknown, more: Record<string, string> = {}) => {
    const answer = await fetch(`${urls['api']}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return { body: JSON.parse(text) as { status: string }, etag: answer.headers.get('etag') ?? '' };
  };
}
