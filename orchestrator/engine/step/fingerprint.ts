/** Fingerprints of failures: sagas that fail alike have one and the same, so that they are found and counted together. Pure. */
import { createHash } from 'node:crypto';

/** What a fingerprint is made of. */
export interface FailureFeatures {
  /** The participant that failed, or `orchestrator`. */
  readonly participant: string;
  readonly code: string;
  readonly text: string;
}

/** Long enough that two groups of failures never share one; short enough to be typed. */
const HEX_DIGITS = 16;
/** Texts that differ only beyond it are alike. */
const READ_MAX = 500;

/** What differs between failures that are alike, most specific first. */
const VARIABLE: ReadonlyArray<readonly [pattern: RegExp, placeholder: string]> = [
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi, '<id>'],
  // A command's counter: an undo that is issued again and refused again fails alike.
  [/(<id>\/[a-z]+\.[a-z]+)#\d+/gi, '$1'],
  [/"[^"]*"|(?<!\w)'[^']+'(?!\w)|`[^`]*`|“[^”]*”|‘[^’]*’(?!\w)/g, '<value>'],
  [/[^\s@<>,;:()]+@[^\s@<>,;:()]+/g, '<value>'],
  // A gateway's or a trace's id: a word of letters with digits in it.
  [/\b(?=\w*\d)(?=\w*[a-z])[\w-]{8,}\b/gi, '<id>'],
  [/\d+(?:[.,:]\d+)*/g, '<n>'],
  [/\s+/g, ' '],
];

/** A text without what differs from one failure to the next of its kind: numbers, ids and quoted values. */
export function normalizedText(text: string): string {
  let normalized = text.slice(0, READ_MAX);
  for (const [pattern, placeholder] of VARIABLE) normalized = normalized.replaceAll(pattern, placeholder);
  return normalized.trim();
}

/** The fingerprint of a failure: 16 hexadecimal digits. */
export function fingerprintOf({ participant, code, text }: FailureFeatures): string {
  return createHash('sha256')
    .update(JSON.stringify([participant, code, normalizedText(text)]))
    .digest('hex')
    .slice(0, HEX_DIGITS);
}
