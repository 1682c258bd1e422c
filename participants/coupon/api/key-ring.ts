/**
 * The secrets that seal coupon addresses and WebSocket tickets: the first seals, all of them open. Rotation without a lost address:
 * append the new secret everywhere, then put it first, and remove the old one once no address under it is of interest.
 */
import type { Logger } from '#platform/process/log.ts';
import { watchFiles } from '#platform/process/watched-files.ts';

/** A forged address costs one MAC for each. */
const MAX_SECRETS = 8;
const MIN_SECRET_LENGTH = 32;

export interface KeyRing {
  /** The secrets, the sealing one first; another list after each change. */
  readonly secrets: readonly Uint8Array[];
}

/**
 * The secrets in a file, one a line; a changed file counts within seconds.
 * @throws Error when the file cannot be read, or a line is too short to be a secret
 */
export function openKeyRing(
  file: string,
  log: Pick<Logger, 'throttled' | 'info'>,
): KeyRing & { close(): void } {
  const watched = watchFiles([file], ([text = '']) => secretsOf(file, text), { log });
  return {
    get secrets() {
      return watched.value;
    },
    close: watched.close,
  };
}

function secretsOf(file: string, text: string): readonly Uint8Array[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) throw new Error(`configuration: ${file} holds no secret`);
  if (lines.length > MAX_SECRETS) {
    throw new Error(`configuration: ${file} holds more than ${MAX_SECRETS} secrets: remove the oldest`);
  }
  const short = lines.findIndex((line) => line.length < MIN_SECRET_LENGTH);
  if (short !== -1) {
    throw new Error(`configuration: line ${short + 1} of ${file} is under ${MIN_SECRET_LENGTH} characters`);
  }
  return lines.map((line) => new TextEncoder().encode(line));
}
