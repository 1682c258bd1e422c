/** The simulator as a process, killed in the middle of its work: every answered call is in its ledger file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openStripeGateway } from '#participants/payment/gateways/stripe-gateway.ts';
import { controlOf } from '#participants/payment/testing/simulator.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { freePorts } from '../run/stack/ports.ts';

const KEY = 'sk_test_of_a_test';
const MAIN = new URL('main.ts', import.meta.url).pathname;

describe('the gateway simulator, killed', () => {
  let folder: string;
  let url: string;
  let child: ChildProcess;

  const start = async (): Promise<void> => {
    const env = {
      ...process.env,
      HTTP_PORT: new URL(url).port,
      GATEWAY_LEDGER: join(folder, 'ledger.jsonl'),
      GATEWAY_KEY: KEY,
      LOG_LEVEL: 'error',
    };
    child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'inherit', 'inherit'] });
    const ready = () =>
      fetch(`${url}/readyz`).then(
        ({ status }) => status,
        () => 0,
      );
    await waitUntil(ready, (status) => status === 200);
  };
  const kill = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-'));
    url = `http://127.0.0.1:${(await freePorts(1))[0]}`;
    await start();
  });
  after(async () => {
    await kill();
    await rm(folder, { recursive: true });
  });

  it('keeps every answered call', async () => {
    const gateway = openStripeGateway({ url, key: KEY, timeoutMs: 2_000, calls: 20 });
    const done: string[] = [];
    let killed = false;
    const pay = async (name: string): Promise<void> => {
      for (let i = 0; !killed; i++) {
        const order = `${name}-${i}`;
        try {
          const payment = {
            amount: 100,
            currency: 'EUR',
            method: 'pm_card_visa',
            sagaId: order,
            commandId: order,
          };
          const id = await gateway.create(payment, `${order}/create`);
          await gateway.confirm(id, `${order}/confirm`);
          done.push(order);
        } catch {
          return;
        }
      }
    };
    const paying = Promise.all(Array.from({ length: 20 }, (_, i) => pay(`order-${i}`)));
    await waitUntil(
      () => done.length,
      (count) => count > 200,
    );
    await kill();
    killed = true;
    await paying;
    await start();
    const control = controlOf(url, KEY);
    for (const order of done) {
      expect(await control.sumOf(order), order).to.include({ charges: 1, charged: 100 });
    }
    const again = done[0] ?? '';
    const payment = { amount: 100, currency: 'EUR', method: 'pm_card_visa', sagaId: again, commandId: again };
    const id = await gateway.create(payment, `${again}/create`);
    expect((await control.sumOf(again))?.intents.map((intent) => intent.id)).to.deep.equal([id]);
    gateway.close();
  });

  it('does not let its ledgerFile be emptied unless it was started so', async () => {
    const response = await fetch(`${url}/_sim/reset`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}` },
    });
    expect(response.status).to.equal(403);
  });

  it('requires its key everywhere except for its health', async () => {
    const statusOf = async (path: string) => (await fetch(url + path)).status;
    const paths = ['/_sim/ledger', '/v1/refunds?payment_intent=pi', '/livez', '/readyz', '/metrics'];
    expect(await Promise.all(paths.map(statusOf))).to.deep.equal([401, 401, 200, 200, 200]);
  });
});
