/** The `saga` command: its verbs and their options, and the exit code it ends with. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type ActOptions, act } from './act.ts';
import { openApi } from './api.ts';
import type { Context, Surroundings } from './context.ts';
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

  for (const [action, what] of [
    ['retry', 'sends again what a saga waits for'],
    ['compensate', 'takes a saga back, step by step'],
  ] as const) {
    verb(saga, action, what)
      .argument('<id>', "the saga's id")
      .requiredOption('--reason <text>', 'why; it is kept in the audit')
      .option('--dry-run', 'only show what it would send')
      .option('--yes', 'apply without asking')
      .option('--wait [seconds]', "wait for the saga's end (60 s, or as long as given)", count)
      .action(async (id: string, options: Common & ActOptions) =>
        act(await contextOf(around, options), action, id, options),
      );
  }
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
