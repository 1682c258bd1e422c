/** The keys with which the participants of a secured stack sign their replies, and the engines' file of them. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACTS } from '#participants/registry.ts';
import { isSecure } from './connections.ts';
import { passwordFile, passwordOf, secureFolder } from './secrets.ts';

/** Every participant that signs. */
export const SIGNERS: readonly string[] = CONTRACTS.map(({ name }) => name);

/** The file of a participant's key on a secured stack; undefined on a plain one, where nobody signs. */
export function replyKeyFile(stack: string, participant: string): string | undefined {
  return isSecure(stack) ? passwordFile(stack, 'replies', participant) : undefined;
}

/** The settings of a process: its own key, or for an engine all of them. */
export function replyKeySettings(stack: string, principal: string): Record<string, string> {
  if (principal === 'engine') return { REPLY_KEYS_FILE: writeReplyKeys(stack) };
  return SIGNERS.includes(principal) ? { REPLY_KEY_FILE: passwordFile(stack, 'replies', principal) } : {};
}

/**
 * Writes the engines' file with the present keys.
 * @param more lines of keys that are valid beside them, such as those that are about to come or to go
 * @returns the file
 */
export function writeReplyKeys(stack: string, more: readonly string[] = []): string {
  const folder = secureFolder(stack);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'reply-keys');
  const lines = SIGNERS.map((name) => `${name} ${passwordOf(stack, 'replies', name)}`);
  // Several systems may start on the stack at once.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${[...lines, ...more].join('\n')}\n`, { mode: 0o600 });
  renameSync(own, file);
  return file;
}
