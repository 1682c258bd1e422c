/** The database of a participant's tables, for the operators' commands. */
import { databaseVariableOf } from '#protocol/contract.ts';
import { StackProblem } from '../run/stack/problem.ts';
import { connectAsAdmin } from '../run/stack/secure/connections.ts';
import { defaultStack } from '../run/stack/stack.ts';
import { stackStatus } from '../run/stack/status.ts';

/**
 * The participant's own connection string, else `DATABASE_URL`, else the local stack's.
 * @throws StackProblem when none is set and the stack does not run
 */
export async function participantDatabaseUrl(schema: string): Promise<string> {
  const given = process.env[databaseVariableOf(schema)] ?? process.env.DATABASE_URL;
  if (given !== undefined) return given;
  connectAsAdmin(defaultStack());
  const url = (await stackStatus(defaultStack())).postgres;
  if (url !== null) return url;
  throw new StackProblem(
    'PostgreSQL does not run: `npm start` starts everything, `npm run stack -- up` the stack alone.',
  );
}
