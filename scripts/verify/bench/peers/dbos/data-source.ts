/**
 * A data source of DBOS over node-postgres: the rows of a step and its checkpoint commit together. DBOS publishes such
 * packages; none that its registry has fits version 5 of the SDK (they import what its `datasource` no longer exports),
 * so this follows the reference of data sources and the checks that DBOS's own for node-postgres makes: a look-up of the
 * checkpoint, the transaction, its checkpoint and, before the commit, whether the workflow is still this process's. It
 * retries no serialization failure and records no error in the data source: the steps here cause neither.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Pool, PoolClient } from 'pg';
import type { Run } from '../rows/steps.ts';
import type { DataSource, DataSourceSdk, DbosSdk } from './sdk.ts';

const FIND = {
  name: 'find-checkpoint',
  text: 'SELECT output, error FROM dbos.transaction_completion WHERE workflow_id = $1 AND function_num = $2',
};
const RECORD = {
  name: 'record-checkpoint',
  text: 'INSERT INTO dbos.transaction_completion (workflow_id, function_num, output) VALUES ($1, $2, $3)',
};
const DELETE = {
  name: 'delete-checkpoints',
  text: 'DELETE FROM dbos.transaction_completion WHERE workflow_id = $1 AND function_num >= $2',
};
/** A step of an order returns nothing; SuperJSON, in which DBOS reads outputs, writes that so. */
const NOTHING = '{"json":null,"meta":{"values":["undefined"]}}';

/** Makes one. @returns it, and how a step runs a statement within its transaction */
export function nodePostgresSource(
  name: string,
  pool: Pool,
  { DBOS }: DbosSdk,
  sdk: DataSourceSdk,
): { source: DataSource; run: Run } {
  const open = new AsyncLocalStorage<PoolClient>();

  async function transaction<R>(work: (client: PoolClient) => Promise<R>): Promise<R> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      client.release();
      throw error;
    }
  }

  const source: DataSource = {
    name,
    initialize: () =>
      transaction((client) =>
        sdk.initializeDataSourceSchemaPG(async (text) => (await client.query(text)).rows),
      ),
    destroy: () => pool.end(),
    async deleteCheckpoints(workflow, fromStep, beforeCommit) {
      if (beforeCommit === undefined) {
        await pool.query({ ...DELETE, values: [workflow, fromStep] });
        return;
      }
      await transaction(async (client) => {
        await client.query({ ...DELETE, values: [workflow, fromStep] });
        await beforeCommit();
      });
    },
    async invokeTransactionFunction(_config, target, work, ...args) {
      const [workflow, step] = [DBOS.workflowID ?? '', DBOS.stepID ?? -1];
      const { rows } = await pool.query({ ...FIND, values: [workflow, step] });
      if (rows[0] !== undefined) return sdk.replayRecordedStep(rows[0]);
      return transaction(async (client) => {
        const result = await open.run(client, () => work.apply(target, args));
        await client.query({ ...RECORD, values: [workflow, step, NOTHING] });
        await sdk.assertStillOwnsWorkflow(workflow);
        return result;
      });
    },
  };
  const run: Run = async (statement, values) => {
    const client = open.getStore();
    if (client === undefined) throw new Error('a statement of a step outside its transaction');
    await client.query({ ...statement, values: [...values] });
  };
  return { source, run };
}
