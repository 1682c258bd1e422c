/**
 * `npm run retention -- plan | run`: shows what retention would drop now, with the reasons of what must stay; or runs one round
 * at once. The retention process does the same by itself.
 */

import { parseArgs } from 'node:util';
import { databaseUrls, retentionConfig, settingsOf } from '#orchestrator/retention/config.ts';
import { type PlannedMonth, planMonths } from '#orchestrator/retention/plan.ts';
import { retentionRound } from '#orchestrator/retention/round.ts';
import { openDatabases } from '#orchestrator/run-retention.ts';
import { KINDS } from '#platform/postgres/tables.ts';
import { readConfig } from '#platform/process/config.ts';
import { createLogger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import { out, say } from '#scripts/run/terminal.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { participantDatabaseUrl } from './participant-database.ts';

const usage = `usage: npm run retention -- plan [--json]   the months that would go now, and why others stay
       npm run retention -- run             one round, at once
What is kept: RETENTION_ORDERS_MONTHS, RETENTION_MOVEMENTS_MONTHS, RETENTION_COUPONS_MONTHS, RETENTION_DEAD_LETTERS_MONTHS
(whole months beside the present one; unset: for ever), RETENTION_EXPORT_DIR (where dropped rows are written first).
The database: DATABASE_URL, and a participant's own where it has one; else the local stack's.`;

await runMain(async () => {
  const { words, json } = readArguments();
  const [verb] = words;
  if (words.length !== 1 || (verb !== 'plan' && verb !== 'run'))
    return misuse(verb === undefined ? 'name a command' : `"${words.join(' ')}" is not one of these`);
  const config = readConfig(retentionConfig, {
    HTTP_PORT: '0',
    ...process.env,
    DATABASE_URL: await participantDatabaseUrl('orchestrator'),
  });
  const settings = settingsOf(config);
  const databases = openDatabases(databaseUrls(config.DATABASE_URL), 'retention');
  try {
    if (verb === 'plan') {
      show(await planMonths(databases.of, settings, Date.now()), settings.months, json);
      return 0;
    }
    const log = createLogger('retention', config.LOG_LEVEL);
    const ran = await retentionRound({ of: databases.of, settings, log, now: Date.now });
    say(ran ? 'The round is over.' : 'Another process runs a round: nothing was done here.');
    return ran ? 0 : 1;
  } catch (error) {
    throw new StackProblem(`Retention: ${messageOf(error)}`, { cause: error });
  } finally {
    await databases.close();
  }
}, usage);

function readArguments(): { words: string[]; json: boolean } {
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false } },
    });
    return { words: positionals, json: values.json };
  } catch (error) {
    process.exit(misuse(messageOf(error)));
  }
}

function show(
  planned: readonly PlannedMonth[],
  months: Readonly<Record<string, number>>,
  json: boolean,
): void {
  if (json) {
    const shown = planned.map(({ kind, month, reasons, bytes, rows }) => ({
      kind,
      month: month.name,
      goes: reasons.length === 0,
      reasons,
      bytes,
      rows,
    }));
    out(JSON.stringify(shown));
    return;
  }
  const forEver = KINDS.filter((kind) => months[kind] === undefined);
  if (forEver.length > 0) out(`kept for ever: ${forEver.join(', ')}`);
  for (const { kind, month, reasons, bytes, rows } of planned) {
    const size = `${Math.round(rows)} rows, ${(bytes / 2 ** 20).toFixed(1)} MB`;
    out(
      `${kind} of ${month.name} (${size}): ${reasons.length === 0 ? 'would be dropped' : `stays, for ${reasons.join('; ')}`}`,
    );
  }
  if (planned.length === 0) out('no month is older than configured');
}

/** Prints the problem and the usage. */
function misuse(problem: string): number {
  say(`${problem}\n${usage}`);
  return 2;
}
