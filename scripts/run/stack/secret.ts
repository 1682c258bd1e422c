/** The secret with which a stack's tokens are signed: 32 random bytes, made once, readable by its owner only. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { placesOf } from './places.ts';

/** Makes the secret of a stack where there is none, and returns its file. */
export function ensureSecret(name: string): string {
  const { folder, secretFile } = placesOf(name);
  mkdirSync(folder, { recursive: true });
  try {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
    writeFileSync(secretFile, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return secretFile;
}

/** The secret of a stack: the text in its file, without the line's end. */
export function readSecret(name: string): string {
  return readFileSync(ensureSecret(name), 'utf8').trim();
}
