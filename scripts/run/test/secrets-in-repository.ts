/** The static step that searches the repository's files for secrets. */
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { root } from '../stack/places.ts';
import { type FoundSecret, secretsInFiles } from './secrets.ts';

/** Findings that a person read: no secret of anybody. */
const READ: ReadonlyArray<{ readonly file: RegExp; readonly what: string; readonly why: string }> = [];

/** Searches the repository, and prints each finding without its text. @returns true when there is none */
export function repositoryHasNoSecrets(print: (line: string) => void): boolean {
  const found = secretsInFiles(root, filesOfRepository()).filter((one) => !isRead(one));
  for (const { file, line, what } of found) print(`${file}:${line}: ${what}`);
  if (found.length > 0) print('Revoke each of them where it is valid, then remove it, from the history too.');
  return found.length === 0;
}

function isRead({ file, what }: FoundSecret): boolean {
  return READ.some((one) => one.what === what && one.file.test(file));
}

/** What git tracks, and what it would; without git, everything that is not made here. */
function filesOfRepository(): string[] {
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64 * 1024 * 1024,
    });
    return listed.split('\0').filter((file) => file !== '');
  } catch {
    const made = /^(?:node_modules|\.local|\.git|prisma\/generated)(?:\/|$)/;
    const files = globSync(['**/*', '.*'], { cwd: root, exclude: (path) => made.test(path) });
    return files.filter(
      (file) =>
        !/^deploy\/(?:auth-secret|webhook-secret|coupon-address-keys|postgres-password|\.env|secure\/.*)$/.test(
          file,
        ),
    );
  }
}
