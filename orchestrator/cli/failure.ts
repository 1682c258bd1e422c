/** How the command ends when it fails: one sentence on stderr and an exit code that a script can act on. */

/** The exit codes, for good. */
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

/** A failure the person can act on. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, sentence: string) {
    super(sentence);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}
