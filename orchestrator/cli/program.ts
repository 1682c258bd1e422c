/** The `saga` command: its verbs and their options, and the exit code it ends with. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type ActOptions, act } from './act.ts';
import { ACTION_VERBS } from './actions.ts';
import { openApi } from './api.ts';
import { type AuditOptions, listAudit, verifyAudit } from './audit.ts';
import type { Context, Surroundings } from './context.ts';
import {
  getLetter,
  type LettersOptions,
  listLetters,
  type ResendOptions,
  resendLetter,
} from './dead-letters.ts';
import { activateDefinition, listDefinitions } from './definitions.ts';
import { CommandFailure, EXIT, type ExitCode } from './failure.ts';
import { get } from './get.ts';
import { history } from './history.ts';
import { type ListOptions, list } from './list.ts';
import { FORMATS, type Format } from './output.ts';
import { settingsOf } from './settings.ts';

const LIST_DEFAULT = 50;

interface Common {
  readonly url?: string;
  readonly token?: string;
  readonly output: Format;
}

/**
 * Runs the command with the given arguments (without the program's own name).
 * @returns its exit code; every failure has been said in one sentence
 */
export async function run(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  try {
    await program(around).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (around.signal.aborted) return EXIT.interrupted;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CommandFailure)) throw error;
    around.say(error.message);
    return error.exitCode;
  }
}

function program(around: Surroundings): Command {
  const saga = new Command('saga').description('Looks at sagas and acts on them, through the HTTP API.');
  // Inherited by the verbs, which are therefore made after it.
  saga.exitOverride().configureOutput({
    writeOut: (text) => around.out(text.trimEnd()),
    writeErr: (text) => around.say(text.trimEnd()),
  });

  verb(saga, 'list', 'sagas that match, newest first')
    .option('--stuck', 'only those that need a person')
    .option('--stalled', 'only those that stand still longer than is normal, with no error anywhere')
    .addOption(new Option('--status <status>').choices(['running', 'compensating', 'completed', 'failed']))
    .option('--state <state>', 'such as chargingPayment, or compensating with all below it')
    .option('--customer <id>', "only one customer's")
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .option('--all', 'as many as there are')
    .action(async (options: Common & ListOptions) => list(await contextOf(around, options), options));

  verb(saga, 'get', 'where a saga stands, what it waits for, what is done and what is to come')
    .argument('<id>', "the saga's id, which is the order's")
    .action(async (id: string, options: Common) => get(await contextOf(around, options), id, options));

  verb(saga, 'history', 'everything that happened to a saga')
    .argument('<id>', "the saga's id")
    .action(async (id: string, options: Common) => history(await contextOf(around, options), id, options));

  for (const { name, what, options: own = (one: Command) => one } of ACTION_VERBS) {
    own(verb(saga, name, what))
      .argument('<id>', "the saga's id")
      .option('--reason <text>', 'why; it is kept in the audit')
      .option('--dry-run', 'only show what it would send')
      .option('--yes', 'apply without asking')
      .option('--wait [seconds]', "wait for the saga's end (60 s, or as long as given)", count)
      .action(async (id: string, options: Common & ActOptions) =>
        act(await contextOf(around, options), name, id, options),
      );
  }
  const audit = saga.command('audit').description('what people did, who and why');
  verb(audit, 'list', 'the newest entries')
    .option('--saga <id>', "only one saga's")
    .option('--actor <name>', "only one person's")
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .action(async (options: Common & AuditOptions) => listAudit(await contextOf(around, options), options));
  verb(audit, 'verify', 'follows the hash chain from the first entry to the last').action(
    async (options: Common) => verifyAudit(await contextOf(around, options), options),
  );

  const letters = saga.command('dead-letter').description('what could not be read or handled');
  verb(letters, 'list', 'the newest')
    .option('--saga <id>', "only one saga's")
    .option('--reason <code>', 'only of one kind, such as invalid-data')
    .option('--waiting', 'only those not sent again')
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .action(async (options: Common & LettersOptions) =>
      listLetters(await contextOf(around, options), options),
    );
  verb(letters, 'get', 'one with its bytes')
    .argument('<letter>', 'its partition and offset, such as 0/17')
    .action(async (id: string, options: Common) => getLetter(await contextOf(around, options), id, options));
  verb(letters, 'resend', 'sends one again, as it was')
    .argument('<letter>', 'its partition and offset, such as 0/17')
    .option('--reason <text>', 'why; it is kept in the audit')
    .option('--force', 'though it was sent again before, or came back too often')
    .option('--dry-run', 'only show what it would send')
    .option('--yes', 'apply without asking')
    .action(async (id: string, options: Common & ResendOptions) =>
      resendLetter(await contextOf(around, options), id, options),
    );

  const definitions = saga
    .command('definitions')
    .description('which versions of a saga there are, and under which new ones begin');
  verb(
    definitions,
    'list',
    'every version: who knows it, whether it is active, how many sagas live under it',
  ).action(async (options: Common) => listDefinitions(await contextOf(around, options), options));
  verb(definitions, 'activate', 'has new sagas begin under a version; the older one again is the way back')
    .argument('<name>', 'the definition, such as order')
    .argument('<version>', 'its number', count)
    .requiredOption('--reason <text>', 'why; it is kept in the audit')
    .action(async (name: string, version: number, options: Common & { reason: string }) =>
      activateDefinition(await contextOf(around, options), name, version, options),
    );
  return saga;
}

function verb(saga: Command, name: string, description: string): Command {
  return saga
    .command(name)
    .description(description)
    .addOption(new Option('-o, --output <format>', 'how data is written').choices(FORMATS).default('table'))
    .option('--url <url>', 'the API (else SAGA_URL, else the local stack)')
    .option('--token <token>', "whose name to act in (else SAGA_TOKEN, else the local stack's operator)");
}

async function contextOf(around: Surroundings, common: Common): Promise<Context> {
  const { url, token } = await settingsOf(common, around);
  return { ...around, api: openApi(url, token, around.signal) };
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1 up.');
  return value;
}
