/** `saga completion bash|zsh|fish`: writes the shell's completion, made of the program itself. */
import { Argument, type Command } from 'commander';
import type { VerbParts } from '../verbs/parts.ts';
import { bashCompletion } from './bash.ts';
import { commandTreeOf } from './command-tree.ts';
import { fishCompletion } from './fish.ts';
import { zshCompletion } from './zsh.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Adds the verb. */
export function addCompletionVerb(saga: Command, { around: { out } }: VerbParts): void {
  saga
    .command('completion')
    .description('writes the completion of a shell: source <(saga completion bash)')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) => out(SHELLS[shell](commandTreeOf(saga)).trimEnd()));
}
