/** Failures of the command: one sentence on stderr, and an exit code for scripts. */

/** The exit codes. Scripts rely on them, so they never change. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  auth: 4,
  notFound: 5,
  conflict: 6,
  waitedTooLong: 124,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure to show to the person. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, sentence: string) {
    super(sentence);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}
