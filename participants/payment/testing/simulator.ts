/** For payment's tests: starts a gateway simulator, and calls the control API of any simulator. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '#scripts/gateway-simulator/server.ts';
import type { OrderSum } from '#scripts/gateway-simulator/sums.ts';

const KEY = 'sk_test_of_a_test';

export interface TestSimulator {
  readonly url: string;
  readonly key: string;
  /** Sets how it behaves. */
  behave(behaviour: object | object[]): Promise<void>;
  forgetKeys(): Promise<void>;
  /** Acts as the merchant's dashboard or the bank: `refunds`, `refunds/move`, `disputes`, `disputes/move`, `settle`. */
  act(what: string, body?: object): Promise<void>;
  /** Sets where its webhooks go, and how many are lost or doubled. */
  webhooks(settings: object): Promise<void>;
  /** Posts a form to Stripe's API. @returns the id of the answer's object, or its error's code */
  post(path: string, form: Readonly<Record<string, string>>): Promise<string>;
  /** The ledger's entry of an order; undefined without one. */
  sumOf(orderId: string): Promise<OrderSum | undefined>;
  close(): Promise<void>;
}

/** A simulator with its own ledger, reached over HTTP alone. */
export async function openTestSimulator(): Promise<TestSimulator> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
  const listening = { host: '127.0.0.1', port: 0, readiness: () => null };
  const simulator = await startSimulator({
    ...listening,
    ledgerPath: join(folder, 'ledger.jsonl'),
    key: KEY,
    // Only `act` settles refunds.
    refundsSettleAfterMs: 3_600_000,
  });
  const url = `http://127.0.0.1:${(simulator.server.address() as AddressInfo).port}`;
  return {
    ...controlOf(url, KEY),
    async close() {
      await simulator.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** The control API of a running simulator. */
export function controlOf(url: string, key: string): Omit<TestSimulator, 'close'> {
  const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
    const headers = { authorization: `Bearer ${key}` };
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(`${url}/_sim/${path}`, init);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  };
  return {
    url,
    key,
    behave: async (behaviour) => void (await ask('PUT', 'behaviour', behaviour)),
    async post(path, form) {
      const init = {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: new URLSearchParams(form),
      };
      const answer = (await (await fetch(`${url}/v1/${path}`, init)).json()) as {
        id?: string;
        error?: { code?: string };
      };
      return answer.id ?? answer.error?.code ?? 'refused';
    },
    forgetKeys: async () => void (await ask('POST', 'forget-keys')),
    webhooks: async (settings) => void (await ask('PUT', 'webhooks', settings)),
    act: async (what, body = {}) => void (await ask('POST', what, body)),
    async sumOf(orderId) {
      const text = await ask('GET', `ledger?orderIds=${orderId}`);
      return text === '' ? undefined : (JSON.parse(text) as OrderSum);
    },
  };
}
