/** For tests: a line as a POSIX shell reads it. */
import { execFileSync } from 'node:child_process';

/** The words that a shell makes of a line, whose program it does not run. */
export function wordsOf(line: string): string[] {
  const script = `set -- ${line}; for word in "$@"; do printf '%s\\0' "$word"; done`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: { TOKEN: 'of-the-reader' } })
    .split('\0')
    .slice(0, -1);
}
