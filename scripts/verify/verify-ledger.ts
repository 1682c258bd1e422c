/**
 * `npm run verify-ledger`: judges the invariants on the present content of the database; exit code 0 only if all
 * hold.
 */
import { parseArgs } from 'node:util';
import { connectAsAdmin } from '#scripts/run/stack/secure/connections.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { defaultStack } from '../run/stack/stack.ts';
import { stackStatus } from '../run/stack/status.ts';
import { ledgerTable } from './ledger/ledger-table.ts';
import { allHold, verifyLedger } from './ledger/verify.ts';

/** SQLSTATE of a relation that does not exist. */
const UNDEFINED_TABLE = '42P01';

const usage = 'usage: npm run verify-ledger [-- --json] [--stack NAME] [--database URL] [--gateway URL]';

await runMain(async () => {
  const { json, stack, database, gateway } = readArguments();
  const status = await stackStatus(stack);
  if (database === undefined) connectAsAdmin(stack);
  const databaseUrl = database ?? status.postgres;
  if (databaseUrl === null) {
    throw new StackProblem(
      `The stack "${stack}" does not run: \`npm run stack -- up\`, or name a --database.`,
    );
  }
  // Another database's money is not in this stack's gateway.
  const gatewayUrl = gateway ?? (database === undefined ? status.gateway : null) ?? undefined;
  const results = await verifyLedger({ databaseUrl, gatewayUrl, gatewayKey: process.env.GATEWAY_KEY }).catch(
    inWords,
  );
  const holds = allHold(results);
  out(
    json
      ? `${JSON.stringify({ holds, results }, null, 2)}`
      : `${ledgerTable(results)}\n${holds ? 'all hold' : 'broken'}`,
  );
  return holds ? 0 : 1;
}, usage);

/** @throws StackProblem where a person can do something about it */
function inWords(error: Error & { code?: string }): never {
  if (error.code === UNDEFINED_TABLE) {
    throw new StackProblem('The database has no tables, or old ones: `npm start` makes them.', {
      cause: error,
    });
  }
  if (error.message.startsWith('the gateway')) throw new StackProblem(error.message, { cause: error });
  throw error;
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        stack: { type: 'string', default: defaultStack() },
        database: { type: 'string' },
        gateway: { type: 'string' },
      },
    });
    return values;
  } catch (error) {
    say(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
