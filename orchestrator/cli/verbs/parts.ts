/** What the program gives the files that add its verbs: the options that many verbs have, and the context to run in. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Context, Surroundings } from '../context.ts';
import type { Format } from '../output.ts';
import type { Server } from '../settings.ts';

export interface VerbParts {
  /** Adds a verb, or a word that others follow, with the options that every verb has. */
  readonly verb: (parent: Command, name: string, description: string) => Command;
  /** @param server the orders' unless it is named */
  readonly contextOf: (options: Common, server?: Server) => Promise<Context>;
  readonly around: Surroundings;
}

/** The options that every verb has, as far as verbs read them. */
export interface Common {
  readonly output: Format;
}

/** The options of a list. */
export interface ListedOptions extends Common {
  readonly limit: number;
}

const LIST_DEFAULT = 50;

/** Adds the bound of a list. */
export function limited(command: Command): Command {
  return command.option('--limit <count>', 'how many', count, LIST_DEFAULT);
}

/** Adds the options of an act, which shows its plan first. */
export function approved(command: Command): Command {
  return command
    .optionsGroup('Options:')
    .option('--reason <text>', 'the reason, for the audit')
    .option('--dry-run', 'only show what it would do')
    .option('--yes', 'apply without asking')
    .option('--plan <hash>', 'apply this plan only: the hash that was shown');
}

/** Parses a whole number from 1 up. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1 up.');
  return value;
}
