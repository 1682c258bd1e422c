/** Checks the licence of every package in package-lock.json against a list: a new one is a decision, not an accident. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/places.ts';

/** Licences (SPDX) that ask for no more than their text and their authors' names to be kept. */
const PERMITTED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** The platforms that a package of the web console's builder has binaries for. */
const LIGHTNING = [
  'android-arm64',
  'darwin-arm64',
  'darwin-x64',
  'freebsd-x64',
  'linux-arm-gnueabihf',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'linux-x64-gnu',
  'linux-x64-musl',
  'win32-arm64-msvc',
  'win32-x64-msvc',
];

/** Packages whose licence was read by a person, with what was found. */
const READ: Readonly<Record<string, { licence: string; found: string }>> = {
  elkjs: {
    licence: 'EPL-2.0',
    found: 'comes with the studio of Prisma’s command line, unchanged; no process of ours loads it',
  },
  'axe-core': {
    licence: 'MPL-2.0',
    found: 'asks for the source of its own files, if changed; for tests only, unchanged',
  },
  ...Object.fromEntries(
    ['lightningcss', ...LIGHTNING.map((platform) => `lightningcss-${platform}`)].map((name) => [
      name,
      {
        licence: 'MPL-2.0',
        found:
          'asks for the source of its own files, if changed; the builder of the web console uses it, unchanged',
      },
    ]),
  ),
  'railroad-diagrams': {
    licence: 'CC0-1.0',
    found:
      'no rights are kept; comes with the validators of Kubernetes’ schemas, for tests only, and is not loaded',
  },
  'seq-queue': { licence: 'none', found: 'its LICENSE file is the MIT licence' },
  '@visx/vendor': { licence: 'MIT and ISC', found: 'both are permitted; the text is no SPDX expression' },
};

/** A package of a lock file, as far as its licence goes. */
export interface LockedPackage {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/**
 * The packages whose licence is neither permitted nor known, in words.
 * @param packages of package-lock.json, by their places
 */
export function foreignLicences(packages: Readonly<Record<string, LockedPackage>>): string[] {
  return Object.entries(packages).flatMap(
    ([place, { license: licence = 'none', dev = false, link = false }]) => {
      if (place === '' || link || isPermitted(licence)) return [];
      const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
      if (READ[name]?.licence === licence) return [];
      return [`${name}: ${licence}${dev ? ', for development' : ''}`];
    },
  );
}

/** Whether an SPDX expression can be satisfied by permitted licences. Of what it does not understand: no. */
export function isPermitted(expression: string): boolean {
  const text = expression.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(text)) return false;
  return text.split(' OR ').some((choice) => choice.split(' AND ').every((one) => PERMITTED.has(one.trim())));
}

/** Checks the lock file, and prints each package that needs a decision. @returns true when there is none */
export function licencesAreRight(print: (line: string) => void): boolean {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const found = foreignLicences(packages);
  for (const line of found) {
    print(
      `${line}: read its licence, and list it in scripts/run/test/licences.ts, or do without the package`,
    );
  }
  return found.length === 0;
}
