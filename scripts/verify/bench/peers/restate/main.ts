/** Restate's process of handlers: one saga handler with six journaled steps, or with calls of six services. */
import { openStatementPool } from '../rows/pool.ts';
import { type PeerOrder, stepsOf } from '../rows/steps.ts';
import { readSettings, reportReady } from '../worker.ts';
import { type Context, loadRestate } from './sdk.ts';

const { databaseUrl, mailFolder, from, port, mode, pool } = readSettings();
const sdk = loadRestate();
const steps = stepsOf(mailFolder, from);
const { run } = openStatementPool(databaseUrl, pool);

/**
 * One service a step. Its statement is the only step of its handler and idempotent by the primary key, so it needs no
 * `ctx.run` around it: https://docs.restate.dev/guides/databases
 */
const services = steps.map((step) =>
  sdk.service({
    name: step.name,
    handlers: { handle: (_: Context, order: PeerOrder) => step.write(run, order) },
  }),
);

interface StepClient {
  handle(order: Partial<PeerOrder>): Promise<unknown>;
}

async function callServices(context: Context, order: PeerOrder): Promise<void> {
  for (const { name, input } of steps) await context.serviceClient<StepClient>({ name }).handle(input(order));
}

async function runSteps(context: Context, order: PeerOrder): Promise<void> {
  for (const { name, write } of steps) await context.run(name, () => write(run, order));
}

// A service, not a workflow: a workflow also keeps state and promises by key, which an order does not use.
const saga = sdk.service({
  name: 'saga',
  handlers: { order: mode === 'restate-calls' ? callServices : runSteps },
});

await sdk.serve({ services: [saga, ...services], port, logger: () => {} });
reportReady();
