/**
 * Keeps the private words of earlier versions out: each has a term of the field beside it in one table. The check reads
 * code, SQL, schema, texts and documents; identifiers are split into their words first (`lookAt`, `look_at`, `look-at`).
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/places.ts';

/** Forbidden words, the term to write in their place, and contexts in which they are right. */
interface Entry {
  readonly words: readonly string[];
  readonly instead: string;
  /** Parts of a line that do not count. */
  readonly except?: RegExp;
  /** Files in which the words are right. */
  readonly exceptIn?: RegExp;
}

/** `void` as TypeScript's type or operator, by its neighbours. */
const TYPE_OR_OPERATOR = /(^|[<(|:,;{?)]|=>|\breturn|\belse|&&|\|\||\basync)\s*void\b/g;

export const WORDS: readonly Entry[] = [
  {
    words: ['ticket', 'tickets'],
    instead: 'correlation, or pending for the column',
    except: /.*\b(web)?sockets?\b.*/gi,
    exceptIn:
      /^participants\/coupon\/|^scripts\/shop\/|^scripts\/verify\/(bench\/(coupons|main)|e2e\/coupon-trace)/,
  },
  {
    words: ['void', 'voids', 'voided'],
    instead: 'revoke for the command, tombstone for the row, not-executed for the finding',
    except: TYPE_OR_OPERATOR,
  },
  { words: ['trouble', 'troubles'], instead: 'lastFailure, or outage' },
  {
    words: ['mark', 'marks', 'marked', 'marking'],
    instead: 'end offset, checkpoint, or incident',
    except:
      /\bmark\w*(\W+\w+){0,5}?\W+stuck\b|markStuck\w*|marked?_stuck|markMigrationRolledBack|byte order mark/gi,
  },
  {
    words: ['look', 'looks', 'looked', 'looking', 'looker'],
    instead: 'check, due_at',
    except: /look(s|ed|ing)?( it)?[- _]?up/gi,
  },
  { words: ['stray', 'strays'], instead: 'unmatched' },
  { words: ['gather', 'gathers', 'gathered', 'gathering'], instead: 'linger, or collect' },
  { words: ['persist', 'persists', 'persisting'], instead: 'retryForever' },
  { words: ['halves'], instead: 'bisect' },
  { words: ['book', 'books'], instead: 'unit of work, ledger, snapshot, or database checks' },
  { words: ['fact', 'facts'], instead: 'event, or cache' },
  { words: ['lane', 'lanes'], instead: 'concurrency, or partition queue' },
  { words: ['heard', 'hear', 'hears'], instead: 'received' },
  { words: ['told', 'untold'], instead: 'delivered, sent, or notified' },
  { words: ['ear', 'ears'], instead: 'subscribers' },
  { words: ['seat', 'seats'], instead: 'connection limit' },
  { words: ['remember', 'remembers', 'remembered'], instead: 'cached, or stored' },
  { words: ['asked', 'asker', 'askers'], instead: 'requested' },
  { words: ['wish', 'wishes', 'wished'], instead: 'request' },
  { words: ['harness'], instead: 'runtime' },
  { words: ['wire', 'wires'], instead: 'protocol, or platform', except: /RootWire/g },
  { words: ['arming', 'armings'], instead: 'generation' },
  { words: ['census'], instead: 'gauges' },
  { words: ['atom', 'atoms'], instead: 'database call' },
  { words: ['arena', 'arenas'], instead: 'environment', except: /MALLOC_ARENA_MAX/g },
  { words: ['strike', 'strikes', 'striking', 'struck'], instead: 'inject' },
  { words: ['wallet', 'wallets'], instead: 'coupon pool' },
  // The component of the console’s router in which a view stands.
  {
    words: ['outlet', 'outlets'],
    instead: 'mail transport',
    exceptIn: /^orchestrator\/console\/src\/shell\.tsx$/,
  },
  { words: ['unruly'], instead: 'misbehaving' },
  { words: ['door', 'doors'], instead: 'API, entry, or correlation' },
];

/** Names of several words, matched as they stand. */
const PHRASES: ReadonlyArray<{ readonly phrase: RegExp; readonly instead: string }> = [
  { phrase: /second_?limit(_?ms)?/gi, instead: 'scheduleToCloseMs' },
  { phrase: /\bsay-again\b/gi, instead: 'redelivery' },
];

export interface Finding {
  /** Counted from 1. */
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

/** The forbidden words of a text. @param file its path from the project's root, which decides exceptions */
export function findWords(file: string, text: string): Finding[] {
  return text.split('\n').flatMap((content, index) => {
    const line = index + 1;
    const phrases = PHRASES.flatMap(({ phrase, instead }) =>
      [...content.matchAll(phrase)].map(([word]) => ({ line, word, instead })),
    );
    return [...phrases, ...entriesIn(file, content).map((found) => ({ line, ...found }))];
  });
}

function entriesIn(file: string, content: string): Array<Omit<Finding, 'line'>> {
  const present = new Set(wordsOf(content));
  return WORDS.flatMap(({ words, instead, except, exceptIn }) => {
    if (!words.some((word) => present.has(word)) || exceptIn?.test(file)) return [];
    const counted = except === undefined ? content : content.replaceAll(except, ' ');
    return wordsOf(counted)
      .filter((word) => words.includes(word))
      .map((word) => ({ word, instead }));
  });
}

/** The words of a line in lower case; `camelCase`, `snake_case` and `kebab-case` come apart. */
function wordsOf(text: string): string[] {
  return (
    text
      .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
      .match(/[A-Za-z]+/g)
      ?.map((word) => word.toLowerCase()) ?? []
  );
}

const READ = [
  '*.{md,cjs,ts,json,yml}',
  'prisma/**/*.{prisma,sql,md}',
  '{auditor,orchestrator,participants,scripts,deploy}/**/*.{ts,tsx,mjs,cjs,md,sql,yml,xml}',
  'deploy/**/Dockerfile',
];
/** Histories and records keep the words of their time; this table, its test and the upgrade test name them on purpose. */
const NOT_READ = [
  /(^|\/)(node_modules|\.local|dist|generated|migrations)\//,
  /^(package-lock\.json|CHANGELOG\.md)$/,
  /^scripts\/verify\/bench\/results\//,
  /^orchestrator\/sagas\/order\/golden\//,
  /^scripts\/run\/test\/words(\.test)?\.ts$/,
  /^scripts\/verify\/e2e\/(upgrade\.e2e|fixtures\/load-old-database)\.ts$/,
];

/** Reads every file of the project, its path included, and prints each forbidden word. @returns true when there is none */
export function wordsAreRight(print: (line: string) => void): boolean {
  const files = globSync(READ, { cwd: root }).filter(
    (file) => !NOT_READ.some((pattern) => pattern.test(file)),
  );
  let isRight = true;
  for (const file of files.sort()) {
    const found = [
      ...findWords(file, file).map((one) => ({ ...one, line: 0 })),
      ...findWords(file, readFileSync(join(root, file), 'utf8')),
    ];
    for (const { line, word, instead } of found) print(`${file}:${line}: ${word} → ${instead}`);
    if (found.length > 0) isRight = false;
  }
  return isRight;
}
