/** A shop for end-to-end tests: a whole system of its own on the test stack, and a customer's view of it. */

import { deleteTopics } from '#platform/kafka/admin.ts';
import { TOPICS } from '#protocol/topics.ts';
import { roleHolder, tokenFor } from '#scripts/run/stack/token.ts';
import type { SystemOptions } from '#scripts/run/system/system-options.ts';
import { type System, startSystem } from '#scripts/run/system.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';

const ENDED_WITHIN_MS = 120_000;
const CHECK_EVERY_MS = 100;

/** The processes of orders without coupons, for `only`: a third fewer to start. */
export const ORDER_PROCESSES = ['api', 'engine', 'inventory', 'payment', 'shipping', 'notification'];
/** The same with the gateway simulator. */
export const WITH_GATEWAY = [...ORDER_PROCESSES, 'gateway'];

/** The fields of an order that a test sets. */
export interface Wanted {
  readonly customerId?: string;
  readonly sku?: string;
  readonly quantity?: number;
  readonly method?: string;
  readonly country?: string;
  readonly couponId?: string;
  /** The street, of the address. */
  readonly line1?: string;
}

/** An order as the API shows it. */
export interface Shown {
  readonly orderId: string;
  readonly status: string;
  readonly state: string;
  readonly reason?: string;
}

/** A running system and the calls of the tests. */
export interface Shop {
  readonly system: System;
  readonly databaseUrl: string;
  /** In front of its topics and groups. */
  readonly prefix: string;
  place(wanted: Wanted, key?: string, more?: Record<string, string>): Promise<string>;
  placeMany(count: number, wanted: (i: number) => Wanted): Promise<string[]>;
  order(id: string): Promise<Shown>;
  /** Waits until each has ended; throws with the states seen when they have not in time. */
  ended(ids: readonly string[], withinMs?: number): Promise<Shown[]>;
  get<T>(path: string): Promise<T>;
  /** The headers of an operator. */
  operator(): Promise<Record<string, string>>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

const hasEnded = (order: Shown | undefined) => order?.status === 'completed' || order?.status === 'failed';

/** Left behind, topics do no harm: the next run has another prefix. */
const dropTopics = (brokers: string, prefix: string) =>
  deleteTopics({ brokers, prefix, topics: TOPICS.map(({ name }) => name) }).catch(() => {});

/** Starts a system under a name of its own: its topics, groups and database carry it. */
export async function openShop(
  name: string,
  options: Omit<SystemOptions, 'prefix' | 'database'> = {},
): Promise<Shop> {
  const unique = `${name}_${process.pid}`;
  const { stack = 'test' } = options;
  const system = await startSystem({ ...options, stack, prefix: `${unique}.`, database: unique });
  const api = system.urls['api'] ?? '';
  const tokens = {
    service: await tokenFor(roleHolder('service'), stack),
    operator: await tokenFor(roleHolder('operator'), stack),
  };
  const headers = (role: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[role]}` });
  const json = { 'content-type': 'application/json' };

  const get = async <T>(path: string): Promise<T> => {
    const role = path.startsWith('/v1/orders') ? 'service' : 'operator';
    const answer = await fetch(api + path, { headers: headers(role) });
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const place: Shop['place'] = async (wanted, key, more = {}) => {
    const {
      customerId = 'ada',
      sku = 'SKU-0001',
      quantity = 1,
      method = 'pm_card_visa',
      country = 'DE',
      couponId,
      line1,
    } = wanted;
    const body = JSON.stringify({
      customerId,
      items: [{ sku, quantity }],
      currency: 'EUR',
      amount: 1290,
      payment: { method },
      shippingAddress: { country, ...(line1 !== undefined && { line1 }) },
      ...(couponId !== undefined && { couponId }),
    });
    const answer = await fetch(`${api}/v1/orders`, {
      method: 'POST',
      headers: {
        ...headers('service'),
        ...json,
        ...(key !== undefined && { 'idempotency-key': key }),
        ...more,
      },
      body,
    });
    if (answer.status !== 202) throw new Error(`POST /v1/orders: ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { orderId: string }).orderId;
  };

  return {
    system,
    databaseUrl: system.addresses.postgres,
    prefix: `${unique}.`,
    place,
    placeMany: (count, wanted) => Promise.all(Array.from({ length: count }, (_, i) => place(wanted(i)))),
    order: (id) => get<Shown>(`/v1/orders/${id}`),
    ended(ids, withinMs = ENDED_WITHIN_MS) {
      // An ended order stays as it is: of many, only those that go on are read again.
      const shown = new Map<string, Shown>();
      const read = async (id: string) => shown.set(id, await get<Shown>(`/v1/orders/${id}`));
      return waitUntil(
        async () => {
          await Promise.all(ids.filter((id) => !hasEnded(shown.get(id))).map(read));
          return ids.map((id) => shown.get(id) as Shown);
        },
        (all) => all.every(hasEnded),
        { withinMs, everyMs: CHECK_EVERY_MS, what: 'the end of every order' },
      );
    },
    get,
    operator: async () => headers('operator'),
    post: (path, body, more = {}) =>
      fetch(api + path, {
        method: 'POST',
        headers: { ...headers('operator'), ...json, ...more },
        body: JSON.stringify(body),
      }),
    async stop() {
      await system.stop();
      // Some hundred partitions a shop: all of a test run's together would keep the broker busy.
      if (stack === 'test') await dropTopics(system.addresses.kafka, `${unique}.`);
    },
  };
}
