/** Programs of the system that the stack needs: used where they are, else installed, else named with the command. */
import { statSync } from 'node:fs';
import { inPath, run } from './command.mjs';
import { SetupProblem } from './problem.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';

const oldestJava = 17;
/** So long apt-get waits where another one has the lock, in seconds: it would give up at once. */
const LOCKED = ['-o', 'DPkg::Lock::Timeout=300'];

/** @typedef {(line: string) => Promise<void> | void} Print */
/** @typedef {{ apt: string[], brew: string[] }} Names the packages' names for each package manager */

/**
 * Java (17 or newer) to run the broker, Maven to fetch it, and redis-server.
 * @param {Print} print
 */
export async function ensureSystem(print) {
  if (!(await hasJava())) {
    await ensureSystemPackages('Kafka', { apt: ['default-jre-headless'], brew: ['openjdk'] }, print);
    if (!(await hasJava())) {
      throw new SetupProblem(
        `Kafka needs Java ${oldestJava} or newer as \`java\`: install one, and put it first in your PATH.`,
      );
    }
  }
  if (!inPath('redis-server'))
    await ensureSystemPackages('the stack', { apt: ['redis-server'], brew: ['redis'] }, print);
}

/** @param {Print} print */
export async function ensureMaven(print) {
  if (!inPath('mvn'))
    await ensureSystemPackages('the Kafka broker', { apt: ['maven'], brew: ['maven'] }, print);
}

/**
 * Installs packages with the system's package manager, or fails with the command for a person to run.
 * @param {string} purpose
 * @param {Names} names
 * @param {Print} print
 */
export async function ensureSystemPackages(purpose, names, print) {
  if (inPath('apt-get')) {
    const missing = await missingDebian(names.apt);
    if (missing.length === 0) return;
    const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
    const asRoot = await rootPrefix();
    if (asRoot === undefined) throw new SetupProblem(`For ${purpose}, run: sudo ${command}`);
    print(`for ${purpose}: ${command}`);
    // RUNLEVEL=1: installing redis-server must not start a server of the system's own. Two tests may install at once: one waits.
    const apt = (/** @type {string[]} */ args, /** @type {string} */ wayOut) => {
      const line = [
        ...asRoot,
        'env',
        'DEBIAN_FRONTEND=noninteractive',
        'RUNLEVEL=1',
        'apt-get',
        ...LOCKED,
        ...args,
      ];
      return run(line[0] ?? '', line.slice(1), { wayOut });
    };
    const install = command.split(' ').slice(1);
    await apt(install, '').catch(async () => {
      await apt(['update'], 'Is the package registry reachable?');
      await apt(install, `Then install them yourself: ${command}`);
    });
    return;
  }
  if (inPath('brew')) {
    print(`for ${purpose}: brew install ${names.brew.join(' ')}`);
    await run('brew', ['install', ...names.brew]);
    return;
  }
  throw new SetupProblem(
    `For ${purpose}, install with your package manager what Debian calls: ${names.apt.join(' ')}`,
  );
}

/** The prefix with which a command runs as root: none for root, sudo where it needs no password. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (!inPath('sudo')) return undefined;
  return run('sudo', ['-n', 'true']).then(
    () => ['sudo', '-n'],
    () => undefined,
  );
}

/** @param {string[]} names */
async function missingDebian(names) {
  const format = `--showformat=\${Package} \${db:Status-Status}\n`;
  const known = await run('dpkg-query', ['--show', format, ...names], { anyExit: true });
  return names.filter((name) => !known.split('\n').some((line) => line === `${name} installed`));
}

async function hasJava() {
  const java = inPath('java');
  if (!java) return false;
  const key = keyOf([java, String(statSync(java).mtimeMs)], []);
  if (isStamped('java', key)) return true;
  // On macOS `java` may be a stub that only prints where to get one.
  const output = await run(java, ['-version']).catch(() => '');
  const version = Number(/version "(\d+)/.exec(output)?.[1] ?? 0);
  if (version < oldestJava) return false;
  stamp('java', key);
  return true;
}
