/**
 * Searches texts for secrets by the forms that their makers gave them so that they can be found. A secret without a form, such as a
 * password, it cannot know.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const FORMS: Readonly<Record<string, RegExp>> = {
  'private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----\s+[A-Za-z0-9+/=:]/,
  'AWS access key': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'Google API key': /\bAIza[\w-]{35}(?![\w-])/,
  'GitHub token': /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})/,
  'GitLab token': /\bglpat-[\w-]{20}/,
  'Slack token': /\bxox[abeoprs]-[0-9]{6,}[\w-]{10,}/,
  'npm token': /\bnpm_[A-Za-z0-9]{36}\b|:_authToken=[^\s$]{8,}/,
  'Stripe live key': /\b[sr]k_live_[A-Za-z0-9]{16,}/,
  'webhook secret': /\bwhsec_[A-Za-z0-9+/=]{24,}/,
  'API key of this product': /\bosk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}/,
  'signed token': /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{20,}/,
  'password in an address':
    /\b[a-z][a-z0-9+.-]{1,20}:\/\/[\w.%~-]{1,60}:(?!pass|secret|local|postgres|example|test)[^\s:@/'"`$<>{}()[\]\\*,|]{8,100}@[\w.-]+/i,
};
/** Files that are a secret as a whole. */
const NAMES =
  /^(?:auth-secret|webhook-secret|coupon-address-keys|postgres-password|\.env(?:\.(?!example$).*)?|id_(?:rsa|ecdsa|ed25519)|.*\.(?:pfx|p12|jks))$/;
/** Larger files are data. */
const MAX_BYTES = 5 * 1024 * 1024;

export interface FoundSecret {
  readonly file: string;
  /** Counted from 1; 0: the file's name. */
  readonly line: number;
  readonly what: string;
}

/** The secrets in a text, by their lines. */
export function secretsIn(file: string, text: string): FoundSecret[] {
  const byName = NAMES.test(basename(file)) ? [{ file, line: 0, what: 'file of a secret' }] : [];
  const inText = Object.entries(FORMS).flatMap(([what, form]) =>
    [...text.matchAll(new RegExp(form, `${form.flags}g`))].map(({ index }) => ({
      file,
      line: text.slice(0, index).split('\n').length,
      what,
    })),
  );
  return [...byName, ...inText];
}

/** The secrets in files. Unreadable and large files, and what is no text, are left out. */
export function secretsInFiles(folder: string, files: Iterable<string>): FoundSecret[] {
  const found: FoundSecret[] = [];
  for (const file of files) {
    const text = textOf(join(folder, file));
    if (text !== null) found.push(...secretsIn(file, text));
  }
  return found;
}

function textOf(path: string): string | null {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? MAX_BYTES;
  if (size >= MAX_BYTES) return null;
  const bytes = readFileSync(path);
  return bytes.subarray(0, 8_000).includes(0) ? null : bytes.toString('latin1');
}

/** Every ordinary file under a folder, from there. Links are not followed: they lead to other files of the tree, or out of it. */
export function* filesUnder(folder: string, below = ''): Generator<string> {
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) yield* filesUnder(folder, path);
    else if (entry.isFile()) yield path;
  }
}
