/** `npm run rewind`: after PostgreSQL was restored to an earlier time, rebuilds from the logs what it lacks. Planned first. */
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { register } from '#engine/definition/definition.ts';
import { openReplyKeys } from '#orchestrator/broker/reply-keys.ts';
import { sagas } from '#orchestrator/sagas/index.ts';
import { readGatewayConfig } from '#participants/payment/config.ts';
import { openStripeGateway } from '#participants/payment/gateways/stripe-gateway.ts';
import { CONTRACTS } from '#participants/registry.ts';
import { openDatabase } from '#platform/postgres/database.ts';
import { silent } from '#platform/process/log.ts';
import { printable } from '#platform/process/printable.ts';
import { messageOf } from '#protocol/errors.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { userName } from '../run/stack/user-name.ts';
import { textOf } from './rewind/report.ts';
import { NothingToRewind, RewindChanged, rewind } from './rewind/rewind.ts';
import { localServers } from './rewind/servers.ts';

const usage = `usage: npm run rewind -- --dry-run                    shows what it would rebuild, what it cannot, and the plan's hash
       npm run rewind -- --plan HASH --reason TEXT    rebuilds exactly that, or nothing; then the processes begin
options: --json; with nothing to rewind its planHash is null
Run it after PostgreSQL was restored to an earlier time. Every process waits until then.
It connects as DATABASE_URL, KAFKA_BROKERS, KAFKA_PREFIX, GATEWAY, GATEWAY_URL, GATEWAY_KEY and REPLY_KEYS_FILE say, else to the local stack.`;

const CHANGED = 6;

await runMain(async () => {
  const { dryRun, plan, reason, json } = readArguments();
  if (!dryRun && plan === null) return misuse('give --dry-run, or --plan with the hash of one');
  if (plan !== null && reason === '') return misuse('--reason is kept in the audit, with who did it');
  const { databaseUrl, kafka, environment } = await localServers();
  const config = readGatewayConfig(environment);
  const { REPLY_KEYS_FILE: keysFile } = z
    .object({ REPLY_KEYS_FILE: z.string().optional() })
    .parse(environment);
  const keys = keysFile
    ? openReplyKeys(
        keysFile,
        CONTRACTS.map(({ name }) => name),
        silent,
      )
    : null;
  const gateway = config.name === 'none' ? null : openStripeGateway(config);
  const db = openDatabase(databaseUrl, { pool: 2, processName: 'rewind', queryTimeoutMs: 600_000 });
  try {
    const report = await rewind(
      {
        ...{ db, kafka, gateway, gatewayName: config.name, replyKeys: keys?.value ?? null },
        definitions: sagas().map(register),
        now: () => Date.now(),
      },
      plan === null ? null : { planHash: plan, actor: userName(), reason },
    );
    out(json ? JSON.stringify(report) : printable(textOf(report)));
    if (plan !== null) say('Rebuilt. The processes begin within seconds.');
    return 0;
  } catch (error) {
    if (error instanceof NothingToRewind) {
      if (json) out(JSON.stringify({ planHash: null }));
      say(
        'The database is as old as the logs: there is nothing to rewind. Was it restored, run `npm run coupons -- renew-epoch`.',
      );
      return 0;
    }
    if (error instanceof RewindChanged) {
      say(`${printable(textOf(error.report))}\nThe plan no longer holds, and nothing was done: see above.`);
      return CHANGED;
    }
    throw new StackProblem(messageOf(error), { cause: error });
  } finally {
    gateway?.close();
    keys?.close();
    await db.close();
  }
}, usage);

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        'dry-run': { type: 'boolean', default: false },
        plan: { type: 'string' },
        reason: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
      },
    });
    const { plan = null, reason, json } = values;
    if (plan !== null && !/^[0-9a-f]{64}$/.test(plan)) throw new Error('--plan takes the hash of a dry run');
    return { plan, reason, json, dryRun: values['dry-run'] };
  } catch (error) {
    process.exit(misuse(messageOf(error)));
  }
}

/** Prints the problem and the usage. */
function misuse(problem: string): number {
  say(`${problem}\n${usage}`);
  return 2;
}
