/** The commands of the program with what may be typed at each: completions of every shell are made of it. */
import type { Command } from 'commander';

/** A word that can be typed, with what it means. */
export interface Word {
  readonly text: string;
  readonly about: string;
}

/** A command, by the words that lead to it. */
export interface Node {
  /** Such as `brake set`; empty: the program itself. */
  readonly path: string;
  readonly verbs: readonly Word[];
  readonly options: readonly Word[];
  /** The values that an option or an argument may have, where they are known. */
  readonly values: ReadonlyArray<{ readonly option: string; readonly choices: readonly string[] }>;
  readonly argumentChoices: readonly string[];
}

export interface CommandTree {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Every option of any command that takes a value: the word behind it is no verb. */
  readonly valued: readonly string[];
}

/** Reads the tree off the program. */
export function commandTreeOf(program: Command): CommandTree {
  const nodes = nodesOf(program, []);
  const valued = new Set(valuedOf(program));
  return { name: program.name(), nodes, valued: [...valued].sort() };
}

function nodesOf(command: Command, above: readonly string[]): Node[] {
  const verbs = command.commands.map((one) => ({ text: one.name(), about: one.description() }));
  const options = command.options.filter(({ hidden }) => !hidden);
  const node: Node = {
    path: above.join(' '),
    verbs: verbs.length === 0 ? [] : [...verbs, { text: 'help', about: 'shows help of a command' }],
    options: [
      ...options.flatMap(({ short, long, description }) =>
        [short, long].flatMap((text) => (text ? [{ text, about: description }] : [])),
      ),
      { text: '--help', about: 'shows help' },
    ],
    values: options.flatMap(({ short, long, argChoices }) =>
      argChoices === undefined
        ? []
        : [short, long].flatMap((option) => (option ? [{ option, choices: argChoices }] : [])),
    ),
    argumentChoices: command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
  };
  return [node, ...command.commands.flatMap((one) => nodesOf(one, [...above, one.name()]))];
}

function valuedOf(command: Command): string[] {
  const own = command.options.flatMap(({ short, long, required, optional }) =>
    required || optional ? [short, long].filter((one) => one !== undefined) : [],
  );
  return [...own, ...command.commands.flatMap(valuedOf)];
}
