/** The `saga` command: its verbs with their options, and its exit code. */

import { Command, CommanderError, Option } from 'commander';
import { printable, printableLines } from '#platform/process/printable.ts';
import { openApi } from './api.ts';
import { addCampaignVerbs } from './campaigns.ts';
import { addCompletionVerb } from './completion/completion.ts';
import type { Context, Surroundings } from './context.ts';
import { withExamples } from './examples.ts';
import { CommandFailure, EXIT, type ExitCode, failureText, formatIn, wordsIn } from './failure.ts';
import { FORMATS, type Format } from './output.ts';
import { addProfileVerbs } from './profiles.ts';
import { type Given, type Server, settingsOf } from './settings.ts';
import { addActionVerbs } from './verbs/actions.ts';
import { addApiKeyVerbs } from './verbs/api-key.ts';
import { addAuditVerbs } from './verbs/audit.ts';
import { addBatchVerbs } from './verbs/batch.ts';
import { addBrakeVerbs } from './verbs/brake.ts';
import { addLetterVerbs } from './verbs/dead-letter.ts';
import { addDefinitionVerbs } from './verbs/definitions.ts';
import { addErasureVerbs } from './verbs/erasure.ts';
import { addParticipantsVerb } from './verbs/participants.ts';
import type { VerbParts } from './verbs/parts.ts';
import { addShowVerbs } from './verbs/show.ts';
import { addTokenVerbs } from './verbs/token.ts';
import { addViewVerbs } from './verbs/view.ts';

/** In the order of the help. */
const VERBS: ReadonlyArray<(saga: Command, parts: VerbParts) => void> = [
  addShowVerbs,
  addParticipantsVerb,
  addViewVerbs,
  addActionVerbs,
  addBatchVerbs,
  addBrakeVerbs,
  addLetterVerbs,
  addAuditVerbs,
  addDefinitionVerbs,
  addCampaignVerbs,
  addApiKeyVerbs,
  addTokenVerbs,
  addErasureVerbs,
  addProfileVerbs,
  addCompletionVerb,
];
const SUGGESTION = '\n(Did you mean';

interface Common extends Given {
  readonly idempotencyKey?: string;
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
    await program(around, formatIn(args)).parseAsync([...args], { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (around.signal.aborted) return EXIT.interrupted;
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    const failure = error instanceof CommanderError ? usageOf(error) : error;
    if (!(failure instanceof CommandFailure)) throw error;
    const format = formatIn(args);
    // Commander has written its own sentence.
    if (failure === error || format !== 'table')
      around.say(printable(failureText(failure, format, wordsIn(args))));
    return failure.exitCode;
  }
}

function usageOf({ message }: CommanderError): CommandFailure {
  return new CommandFailure(EXIT.usage, message.replace(/^error: /, ''));
}

/** The program with all its verbs. @param format in which failures are written */
export function program(around: Surroundings, format: Format): Command {
  const saga = new Command('saga').description('Shows sagas and acts on them, through the HTTP API.');
  // The verbs inherit this, so they are added afterwards.
  saga
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => around.out(text.trimEnd()),
      writeErr: (text) => around.say(text.trimEnd()),
      // Its errors quote the arguments; the suggestion is on a line of its own.
      outputError: (text, write) => {
        if (format === 'table') write(text.trim().split(SUGGESTION).map(printable).join(SUGGESTION));
      },
    });
  common(saga).hook('preAction', (_saga, chosen) => inheritCommon(chosen));
  const verb = (parent: Command, name: string, description: string) =>
    common(parent.command(name).description(description));
  const contextOf = (options: Common, server?: Server) => contextFor(around, options, server);
  for (const add of VERBS) add(saga, { verb, contextOf, around });
  return withExamples(saga);
}

/** The options that every verb has; they may precede it. */
function common(command: Command): Command {
  return command
    .addOption(new Option('-o, --output <format>', 'how data is written (default: "table")').choices(FORMATS))
    .option('--url <url>', "the API (else the profile's, else SAGA_URL, else the local stack)")
    .option(
      '--token <token>',
      "the token that names the caller (else the profile's, else SAGA_TOKEN, else the local stack's operator)",
    )
    .option(
      '--profile <name>',
      'the server and the token of a profile (else SAGA_PROFILE, else the one in use)',
    )
    .option('--idempotency-key <key>', 'of an act: a repeat under the same key does nothing twice');
}

/** Gives a verb the common options that precede it; its own win. */
function inheritCommon(chosen: Command): void {
  for (let before = chosen.parent; before !== null; before = before.parent)
    for (const [name, value] of Object.entries(before.opts()))
      if (chosen.getOptionValue(name) === undefined) chosen.setOptionValue(name, value);
  if (chosen.getOptionValue('output') === undefined) chosen.setOptionValue('output', 'table');
}

async function contextFor(around: Surroundings, common: Common, server?: Server): Promise<Context> {
  const { url, token } = await settingsOf(common, around, server);
  return { ...around, api: openApi(url, token, around.signal, common.idempotencyKey) };
}
