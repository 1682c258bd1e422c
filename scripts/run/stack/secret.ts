/** The secrets of a stack, with which its tokens and the gateway's webhooks are signed: 32 random bytes each, made once,
 * readable by their owner only. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { placesOf } from './places.ts';

/** Makes the tokens' secret of a stack where there is none, and returns its file. */
export function ensureSecret(name: string): string {
  return ensured(placesOf(name).secretFile);
}

/** Makes the webhooks' secret of a stack where there is none, and returns its file. */
export function ensureWebhookSecret(name: string): string {
  return ensured(placesOf(name).webhookSecretFile);
}

function ensured(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  try {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return file;
}

/** The secret of a stack: the text in its file, without the line's end. */
export function readSecret(name: string): string {
  return readFileSync(ensureSecret(name), 'utf8').trim();
}
