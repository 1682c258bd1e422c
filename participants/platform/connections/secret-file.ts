/** Reads secrets and certificates from files, anew for each connection, so that a rotated one needs no restart. */
import { readFileSync } from 'node:fs';

/**
 * The text of a secret's file, without the end of its line.
 * @param variable the setting that names the file, for the error
 * @throws Error naming the setting when the file cannot be read or is empty
 */
export function readSecret(variable: string, file: string): string {
  const text = readFileOf(variable, file).trim();
  if (text === '')
    throw new Error(`configuration: ${variable} names ${file}, which is empty: write the secret into it`);
  return text;
}

/** The PEM text of a file. @throws Error naming the setting when the file cannot be read or holds no PEM */
export function readPem(variable: string, file: string): string {
  const text = readFileOf(variable, file);
  if (!text.includes('-----BEGIN '))
    throw new Error(
      `configuration: ${variable} names ${file}, which holds no PEM: it must have a line -----BEGIN …`,
    );
  return text;
}

/**
 * A reading that never fails after its first success: while a rotation replaces the file it gives the text before. A
 * library that reads its options while it reconnects would otherwise never connect again.
 * @throws what `read` throws, now
 */
export function lastGood(read: () => string): () => string {
  let text = read();
  return () => {
    try {
      text = read();
    } catch {
      // The server refuses what is outdated, and the client reads again for its next attempt.
    }
    return text;
  };
}

function readFileOf(variable: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(
      `configuration: ${variable} names ${file}, which cannot be read: give the path of a file that this process may read`,
      { cause },
    );
  }
}
