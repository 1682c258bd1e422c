/** DBOS's process: it starts a workflow of six steps for each order that is posted, and answers when it has ended. */
import { createServer } from 'node:http';
import { say } from '#scripts/run/terminal.ts';
import { openStatementPool } from '../rows/pool.ts';
import { type PeerOrder, type Step, stepsOf } from '../rows/steps.ts';
import { readSettings, reportReady } from '../worker.ts';
import { nodePostgresSource } from './data-source.ts';
import { loadDataSource, loadDbos } from './sdk.ts';

const settings = readSettings();
const { databaseUrl, port, mode, pool: connections } = settings;
const sdk = loadDbos();
const { DBOS } = sdk;
DBOS.setConfig({
  name: 'bench-peers',
  // One database for the rows and the checkpoints: DBOS's own tables are in its schema `dbos`.
  systemDatabaseUrl: databaseUrl,
  systemDatabasePoolSize: connections,
  // Each process must have its own: by it a process recovers the workflows that it left behind.
  executorID: settings.process,
  // Its messages would cost a line an order.
  logLevel: 'warn',
});
const steps = stepsOf(settings.mailFolder, settings.from);
const { pool, run } = openStatementPool(databaseUrl, connections);
const runStep = mode === 'dbos' ? transactional() : plain();

/** The advice for steps that write to PostgreSQL: https://docs.dbos.dev/typescript/tutorials/transaction-tutorial */
function transactional() {
  const dataSource = loadDataSource();
  const opened = nodePostgresSource('rows', pool, sdk, dataSource);
  dataSource.registerDataSource(opened.source);
  return ({ name, write }: Step, order: PeerOrder) =>
    dataSource.runTransaction(() => write(opened.run, order), name, { dsName: 'rows' });
}

/** Steps run at least once: https://docs.dbos.dev/typescript/tutorials/step-tutorial. Their rows are idempotent. */
function plain() {
  return ({ name, write }: Step, order: PeerOrder) => DBOS.runStep(() => write(run, order), { name });
}

const orderWorkflow = DBOS.registerWorkflow(
  async (order: PeerOrder) => {
    for (const step of steps) await runStep(step, order);
  },
  { name: 'order' },
);
await DBOS.launch();

// Started here, not by a queue: DBOS's own comparison of both finds that a queue adds writes and polling to each workflow,
// https://www.dbos.dev/blog/benchmarking-workflow-execution-scalability-on-postgres. The id of the workflow is the order's.
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const order = JSON.parse(Buffer.concat(parts).toString()) as PeerOrder;
    const started = DBOS.startWorkflow(orderWorkflow, { workflowID: order.orderId })(order);
    started
      .then((handle) => handle.getResult())
      .then(
        () => response.end('{}'),
        (error: unknown) => {
          say(String(error));
          response.writeHead(500).end();
        },
      );
  });
});
server.listen(port, '127.0.0.1', reportReady);
