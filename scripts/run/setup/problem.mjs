/** A failure of the set-up that a person can resolve: one sentence with advice, shown without a stack trace. */
export class SetupProblem extends Error {
  /** @override */
  name = 'SetupProblem';
}

/**
 * The message for a failure: a known problem's own text, advice for a full disk, else the stack.
 * @param {unknown} error
 * @returns {string}
 */
export function messageFor(error) {
  if (!(error instanceof Error)) return String(error);
  const code = /** @type {NodeJS.ErrnoException} */ (error).code;
  if (code === 'ENOSPC' || /ENOSPC|No space left on device/.test(error.message)) {
    return 'The disk is full: make room (about 1.5 GB are needed), then try again.';
  }
  if (error instanceof SetupProblem) return error.message;
  if (code === 'EACCES' || code === 'EROFS')
    return `${error.message}: make the project's folder writable, then try again.`;
  return error.stack ?? error.message;
}
