/** The passwords of a secured stack: one a principal and server, random, made once, readable by their owner only. */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { placesOf } from '../places.ts';

/** The administrator of a stack's brokers and of its Redis: for its commands and its tests, never for a process. */
export const ADMIN = 'admin';
/** The principal under which brokers speak to each other. */
export const BROKER = 'broker';

/** The name of the certificate with which payment receives webhooks. */
export const WEBHOOKS = 'webhooks';

export type Server = 'kafka' | 'database' | 'redis';
/** Whose passwords there are; `replies`: the keys with which participants sign. */
export type Secret = Server | 'replies';

/** The folder of a stack's certificates and passwords. */
export const secureFolder = (stack: string): string => join(placesOf(stack).folder, 'secure');

/** The file of a password, made where there is none. */
export function passwordFile(stack: string, server: Secret, principal: string): string {
  const file = join(secureFolder(stack), 'passwords', `${server}-${principal}`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) return file;
  // Several systems may start on the stack at once: the first file that has this name counts, and is whole.
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${newPassword()}\n`, { mode: 0o600 });
  try {
    linkSync(own, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(own);
  }
  return file;
}

/** A password of the stack. */
export function passwordOf(stack: string, server: Secret, principal: string): string {
  return readFileSync(passwordFile(stack, server, principal), 'utf8').trim();
}

/** Replaces a password by another, in one step for those who read its file. @returns the new one */
export function replacePassword(stack: string, server: Secret, principal: string): string {
  const file = passwordFile(stack, server, principal);
  const password = newPassword();
  writeFileSync(`${file}.new`, `${password}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return password;
}

const newPassword = () => randomBytes(24).toString('base64url');
