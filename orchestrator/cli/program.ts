/** The `saga` command: its verbs with their options, and its exit code. */

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { printable, printableLines } from '#platform/process/printable.ts';
import { type ActOptions, act } from './act.ts';
import { ACTION_VERBS } from './actions.ts';
import { openApi } from './api.ts';
import { type CreateOptions, createApiKey, listApiKeys, revokeApiKey } from './api-keys.ts';
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
import { type EndOptions, endTokens, listEndedTokens } from './ended-tokens.ts';
import { type ErasureOptions, getErasure, requestErasure } from './erasures.ts';
import { CommandFailure, EXIT, type ExitCode } from './failure.ts';
import { get } from './get.ts';
import { history } from './history.ts';
import { type ListOptions, list } from './list.ts';
import { FORMATS, type Format } from './output.ts';
import { settingsOf } from './settings.ts';

const LIST_DEFAULT = 50;
const SUGGESTION = '\n(Did you mean';

interface Common {
  readonly url?: string;
  readonly token?: string;
  readonly output: Format;
}

/**
 * Runs the command with the given arguments (without the program's own name).
 * @returns the exit code, after writing one sentence about a failure
 */
export async function run(args: readonly string[], given: Surroundings): Promise<ExitCode> {
  const around: Surroundings = {
    ...given,
    // Whatever a command shows, nothing of it reaches the terminal as a control character.
    out: (text) => given.out(printableLines(text)),
    say: (text) => given.say(printableLines(text)),
  };
  try {
    await program(around).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (around.signal.aborted) return EXIT.interrupted;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CommandFailure)) throw error;
    around.say(printable(error.message));
    return error.exitCode;
  }
}

function program(around: Surroundings): Command {
  const saga = new Command('saga').description('Shows sagas and acts on them, through the HTTP API.');
  // The verbs inherit this, so they are added afterwards.
  saga
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => around.out(text.trimEnd()),
      writeErr: (text) => around.say(text.trimEnd()),
      // Its errors quote the arguments; the suggestion is on a line of its own.
      outputError: (text, write) => write(text.trim().split(SUGGESTION).map(printable).join(SUGGESTION)),
    });

  common(saga).hook('preAction', (_saga, chosen) => inheritCommon(chosen));

  verb(saga, 'list', 'matching sagas, newest first')
    .option('--stuck', 'only stuck sagas, which need a person')
    .option('--stalled', 'only sagas that stay in a state longer than normal without a failure')
    .addOption(new Option('--status <status>').choices(['running', 'compensating', 'completed', 'failed']))
    .option('--state <state>', 'such as chargingPayment, or compensating with its child states')
    .option('--customer <id>', "only one customer's")
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .option('--all', 'all of them')
    .action(async (options: Common & ListOptions) => list(await contextOf(around, options), options));

  verb(saga, 'get', 'a saga in full: its state, the awaited commands, finished and remaining steps')
    .argument('<id>', "the saga's id, which is the order's")
    .action(async (id: string, options: Common) => get(await contextOf(around, options), id, options));

  verb(saga, 'history', 'the history of a saga')
    .argument('<id>', "the saga's id")
    .action(async (id: string, options: Common) => history(await contextOf(around, options), id, options));

  for (const { name, what, options: own = (one: Command) => one } of ACTION_VERBS) {
    own(verb(saga, name, what))
      .argument('<id>', "the saga's id")
      .option('--reason <text>', 'the reason, for the audit')
      .option('--dry-run', 'only show the messages it would send')
      .option('--yes', 'apply without asking')
      .option('--wait [seconds]', "wait for the saga's end (60 s, or as long as given)", count)
      .action(async (id: string, options: Common & ActOptions) =>
        act(await contextOf(around, options), name, id, options),
      );
  }
  const audit = common(saga.command('audit').description('people’s actions'));
  verb(audit, 'list', 'the newest entries')
    .option('--saga <id>', "only one saga's")
    .option('--actor <name>', "only one person's")
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .action(async (options: Common & AuditOptions) => listAudit(await contextOf(around, options), options));
  verb(audit, 'verify', 'verifies the hash chain from the first entry to the last').action(
    async (options: Common) => verifyAudit(await contextOf(around, options), options),
  );

  const letters = common(saga.command('dead-letter').description('parked messages'));
  verb(letters, 'list', 'the newest dead letters')
    .option('--saga <id>', "only one saga's")
    .option('--reason <code>', 'only of one kind, such as invalid-data')
    .option('--waiting', 'only those that nobody sent again')
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .action(async (options: Common & LettersOptions) =>
      listLetters(await contextOf(around, options), options),
    );
  verb(letters, 'get', 'a dead letter with its bytes')
    .argument('<letter>', 'its partition and offset, such as 0/17')
    .action(async (id: string, options: Common) => getLetter(await contextOf(around, options), id, options));
  verb(letters, 'resend', 'sends a dead letter again, unchanged')
    .argument('<letter>', 'its partition and offset, such as 0/17')
    .option('--reason <text>', 'the reason, for the audit')
    .option('--force', 'send it although it was sent again before, or was parked too often')
    .option('--dry-run', 'only show the messages it would send')
    .option('--yes', 'apply without asking')
    .action(async (id: string, options: Common & ResendOptions) =>
      resendLetter(await contextOf(around, options), id, options),
    );

  const definitions = common(saga.command('definitions').description('the versions of definitions'));
  verb(
    definitions,
    'list',
    'every version: the engines that run it, whether it is active, its live sagas',
  ).action(async (options: Common) => listDefinitions(await contextOf(around, options), options));
  verb(
    definitions,
    'activate',
    'activates a version: new sagas begin under it; activate the older one to revert',
  )
    .argument('<name>', 'the definition, such as order')
    .argument('<version>', 'its number', count)
    .requiredOption('--reason <text>', 'the reason, for the audit')
    .action(async (name: string, version: number, options: Common & { reason: string }) =>
      activateDefinition(await contextOf(around, options), name, version, options),
    );

  const erasures = common(saga.command('erasure').description('erases a customer’s personal data (admin)'));
  verb(erasures, 'request', 'erases a customer for good, once none of their orders is under way')
    .argument('<customer>', "the customer's id")
    .option('--reason <text>', 'the reason, for the audit; it must not name the customer')
    .option('--yes', 'apply without asking')
    .action(async (customerId: string, options: Common & ErasureOptions) =>
      requestErasure(await contextOf(around, options), customerId, options),
    );
  verb(erasures, 'get', 'how far an erasure is')
    .argument('<id>', "the erasure's id")
    .action(async (id: string, options: Common) => getErasure(await contextOf(around, options), id, options));
  const keys = common(saga.command('api-key').description('keys of backends, for admins'));
  verb(keys, 'create', 'makes a key with the role service, alone on stdout; it is shown this once')
    .requiredOption('--holder <name>', 'the backend, such as shop-backend')
    .option('--days <count>', 'how long it lives (default: 90)', count)
    .requiredOption('--reason <text>', 'the reason, for the audit')
    .action(async (options: Common & CreateOptions) =>
      createApiKey(await contextOf(around, options), options),
    );
  verb(keys, 'list', 'every key, newest first')
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .action(async (options: Common & { limit: number }) =>
      listApiKeys(await contextOf(around, options), options),
    );
  verb(keys, 'revoke', 'revokes a key: every process refuses it within seconds')
    .argument('<key>', 'its id: the part after osk_, up to the next underscore')
    .requiredOption('--reason <text>', 'the reason, for the audit')
    .action(async (id: string, options: Common & { reason: string }) =>
      revokeApiKey(await contextOf(around, options), id, options),
    );
  const tokens = common(saga.command('token').description('ends people’s tokens early, for admins'));
  verb(
    tokens,
    'end',
    'ends every token that a person was issued so far, or one: all processes refuse it within seconds',
  )
    .argument('[subject]', 'the person, as the audit or an order names them')
    .option('--id <jti>', 'one token alone: its claim jti')
    .requiredOption('--reason <text>', 'the reason, for the audit')
    .action(async (subject: string | undefined, options: Common & EndOptions) =>
      endTokens(await contextOf(around, options), subject, options),
    );
  verb(tokens, 'list', 'what was ended and might still live otherwise, newest first')
    .option('--limit <count>', 'how many', count, LIST_DEFAULT)
    .action(async (options: Common & { limit: number }) =>
      listEndedTokens(await contextOf(around, options), options),
    );
  return saga;
}

function verb(saga: Command, name: string, description: string): Command {
  return common(saga.command(name).description(description));
}

/** The options that every verb has; they may precede it. */
function common(command: Command): Command {
  return command
    .addOption(new Option('-o, --output <format>', 'how data is written (default: "table")').choices(FORMATS))
    .option('--url <url>', 'the API (else SAGA_URL, else the local stack)')
    .option(
      '--token <token>',
      "the token that names the caller (else SAGA_TOKEN, else the local stack's operator)",
    );
}

/** Gives a verb the common options that precede it; its own win. */
function inheritCommon(chosen: Command): void {
  for (let before = chosen.parent; before !== null; before = before.parent)
    for (const [name, value] of Object.entries(before.opts()))
      if (chosen.getOptionValue(name) === undefined) chosen.setOptionValue(name, value);
  if (chosen.getOptionValue('output') === undefined) chosen.setOptionValue('output', 'table');
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
