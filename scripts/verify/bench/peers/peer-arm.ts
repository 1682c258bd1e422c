/** Starts a peer: an empty database, one process with its steps, and for Restate a server. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { uuidv7 } from '#protocol/ids.ts';
import { dropDatabase, ensureDatabase } from '#scripts/run/stack/database.ts';
import { placesOf } from '#scripts/run/stack/places.ts';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { stackStatus } from '#scripts/run/stack/status.ts';
import { orderBodies } from '../orders/bodies.ts';
import { type Arm, answeringClient } from './arm.ts';
import type { ArmName } from './names.ts';
import { versionOf } from './packages.ts';
import { startRestate } from './restate/server.ts';
import { createTables } from './rows/schema.ts';
import type { Tuning } from './tuning.ts';
import { startWorker, type Worker } from './worker.ts';

/** The sender of the product's mails. */
const FROM = 'orders@shop.invalid';

/** Runs `work` on a peer, and removes the peer afterwards with its data. */
export async function withPeer<T>(
  name: ArmName,
  stack: { readonly name: string; readonly postgres: string },
  tuning: Tuning,
  work: (arm: Arm) => Promise<T>,
): Promise<T> {
  const places = placesOf(stack.name);
  const folder = join(places.data, 'peer');
  const mailFolder = join(places.mail, 'peer');
  const folders = [folder, mailFolder];
  for (const one of folders) rmSync(one, { recursive: true, force: true });
  for (const one of folders) mkdirSync(one, { recursive: true });
  const databaseUrl = await emptyDatabase(stack.postgres);
  const processes: Record<string, Worker> = {};
  const logFile = (process: string) => join(places.logs, `peer-${process}.log`);
  const nextOrder = orderMaker();
  try {
    const isDbos = name === 'dbos' || name === 'dbos-steps';
    const entry = isDbos ? 'dbos/main.ts' : 'restate/main.ts';
    const ports = await freePorts(isDbos ? tuning.dbosProcesses : 1);
    for (const [index, port] of ports.entries()) {
      const process = index === 0 ? 'steps' : `steps-${index + 1}`;
      const settings = { databaseUrl, mailFolder, from: FROM, port, mode: name, process, pool: tuning.pool };
      processes[process] = await startWorker(entry, settings, logFile(process));
    }
    let urls = ports.map((port) => `http://127.0.0.1:${port}`);
    if (!isDbos) {
      const server = await startRestate(folder, tuning.restatePartitions, logFile('restate'));
      processes['restate-server'] = server;
      for (const port of ports) await server.register(port);
      urls = [server.ingressUrl];
    }
    return await work({
      name,
      databaseUrl,
      version: isDbos
        ? versionOf('@dbos-inc/dbos-sdk')
        : `${versionOf('@restatedev/restate-server')} (SDK ${versionOf('@restatedev/restate-sdk')})`,
      async pids() {
        const { postgres = 0 } = (await stackStatus(stack.name)).processes;
        return { postgres, ...Object.fromEntries(Object.entries(processes).map(([k, { pid }]) => [k, pid])) };
      },
      open: async (inFlight) =>
        answeringClient(urls, isDbos ? '/orders' : '/saga/order', inFlight, nextOrder, (id) =>
          isDbos ? '' : `idempotency-key: ${id}\r\n`,
        ),
    });
  } finally {
    await Promise.all(Object.values(processes).map((one) => one.close()));
    await dropDatabase(databaseUrl);
    for (const one of folders) rmSync(one, { recursive: true, force: true });
  }
}

/** Bodies as the orders' benchmark posts them, with the id that ours gives an order itself. */
function orderMaker(): (n: number) => { id: string; body: string } {
  const bodyOf = orderBodies();
  return (n) => {
    const id = uuidv7(Date.now());
    return { id, body: `{"orderId":"${id}",${bodyOf(n, 'good').slice(1)}` };
  };
}

async function emptyDatabase(postgres: string): Promise<string> {
  const url = new URL(postgres);
  url.pathname = '/peer';
  await dropDatabase(url.href);
  await ensureDatabase(url.href);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await createTables(client).finally(() => client.end());
  return url.href;
}
