/** Failures of the command: one sentence on stderr, and an exit code for scripts. */
import type { Format } from './output.ts';

/** The exit codes. Scripts rely on them, so they never change. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  /** A plan was shown, and nothing was done. */
  planned: 3,
  auth: 4,
  notFound: 5,
  conflict: 6,
  waitedTooLong: 124,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What programs read of a failure, where there is more than its sentence. */
export interface FailureDetails {
  /** Of the API's problem (RFC 9457). */
  readonly problem?: { readonly type: string; readonly traceId?: string };
  /** Commands that lead on; those that always help follow them. */
  readonly nextSteps?: readonly string[];
}

/** A failure to show to the person. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  readonly details: FailureDetails;
  constructor(exitCode: ExitCode, sentence: string, details: FailureDetails = {}) {
    super(sentence);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
    this.details = details;
  }
}

/** What usually leads on, by exit code. */
const STEPS: Readonly<Partial<Record<ExitCode, (words: readonly string[]) => string[]>>> = {
  [EXIT.failure]: () => ['saga profile list', 'npm run stack -- status'],
  [EXIT.usage]: (words) => [['saga', ...words, '--help'].join(' ')],
  [EXIT.auth]: () => ['saga profile list', 'saga profile use NAME'],
  [EXIT.notFound]: () => ['saga list', 'saga help'],
  [EXIT.conflict]: ([verb, id]) => (id === undefined ? [`saga help ${verb}`] : [`saga get ${id}`]),
  [EXIT.waitedTooLong]: ([, id]) => (id === undefined ? [] : [`saga get ${id}`, `saga watch ${id}`]),
};
const NAMES = new Map<number, string>(Object.entries(EXIT).map(([name, code]) => [code, name]));

/**
 * A failure as stderr has it: its sentence for people, one line of JSON for programs.
 * @param words the verb and what follows it, up to the first option
 */
export function failureText(failure: CommandFailure, format: Format, words: readonly string[]): string {
  const { exitCode, message, details } = failure;
  if (format === 'table') return message;
  const { problem, nextSteps = [] } = details;
  const steps = [...nextSteps, ...(STEPS[exitCode]?.(words) ?? [])];
  const kind = NAMES.get(exitCode);
  return JSON.stringify({ error: { kind, exitCode, message, ...problem, nextSteps: steps } });
}

/** The format that some arguments name, for failures before they are parsed. */
export function formatIn(args: readonly string[]): Format {
  const named = args.flatMap((one, at) => {
    if (one === '-o' || one === '--output') return [args[at + 1]];
    return [/^(?:--output=|-o)(\w+)$/.exec(one)?.[1]];
  });
  const format = named.findLast((one) => one !== undefined);
  return format === 'json' || format === 'jsonl' ? format : 'table';
}

/** The words of some arguments before their first option. */
export function wordsIn(args: readonly string[]): string[] {
  const end = args.findIndex((one) => one.startsWith('-'));
  return (end === -1 ? [...args] : args.slice(0, end)).slice(0, 3);
}
