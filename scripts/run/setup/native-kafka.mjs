/**
 * The native part of the Kafka client: the maker's prebuilt binary where it can be had, else compiled here, and kept for this user's
 * other checkouts.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { npm } from './node.mjs';
import { cache, root } from './places.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';
import { ensureSystemPackages } from './system.mjs';

const name = '@confluentinc/kafka-javascript';
const folder = join(root, 'node_modules', name);
const build = join(folder, 'build');
const binary = join(build, 'Release/confluent-kafka-javascript.node');
const needed = {
  apt: [
    'g++',
    'make',
    'python3',
    'zlib1g-dev',
    'libssl-dev',
    'libsasl2-dev',
    'libzstd-dev',
    'liblz4-dev',
    'libcurl4-openssl-dev',
  ],
  brew: ['openssl@3', 'zstd', 'lz4', 'curl', 'cyrus-sasl'],
};

/**
 * Makes sure that the client loads under the given Node. Keeps a binary built once, and restores it after a fresh
 * install or in another checkout.
 * @param {string} node
 * @param {(line: string) => Promise<void> | void} print
 */
export async function ensureNativeKafka(node, print) {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const key = keyOf([version, node, process.platform, process.arch], []);
  if (existsSync(binary) && isStamped('native-kafka', key)) return;
  const kept = join(cache, 'kafka-client', `${version}-${await buildOf(node)}`);
  if (!existsSync(binary) && existsSync(kept)) copyBuild(kept, build);
  if (!(await loads(node))) {
    rmSync(binary, { force: true });
    print('Kafka client: the prebuilt binary');
    if (!(await downloads(node)) || !(await loads(node))) {
      print('Kafka client: there is none to be had here; compiling it (a minute or two)');
      await ensureSystemPackages('the Kafka client', needed, print);
      // Unset: JOBS breaks this build. Dynamic: the system's libraries, for their sources are not in the package.
      const env = { CKJS_LINKING: 'dynamic', npm_config_build_from_source: name, JOBS: undefined };
      await npm(
        node,
        ['rebuild', name],
        root,
        env,
        'It needs a C++ compiler, make, python3 and the libraries above.',
      );
    }
  }
  await run(node, ['-e', `require(${JSON.stringify(folder)})`], { cwd: root });
  keep(kept);
  stamp('native-kafka', key);
}

/** What a binary is made for: `v24.21.0-linux-x64`. */
async function buildOf(/** @type {string} */ node) {
  return (await run(node, ['-p', "[process.version, process.platform, process.arch].join('-')"])).trim();
}

async function loads(/** @type {string} */ node) {
  if (!existsSync(binary)) return false;
  return run(node, ['-e', `require(${JSON.stringify(folder)})`], { cwd: root }).then(
    () => true,
    () => false,
  );
}

/**
 * Fetches the prebuilt binary without the package's own fallback, for which this set-up first installs a compiler.
 */
async function downloads(/** @type {string} */ node) {
  const tool = join(root, 'node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp');
  return run(node, [tool, 'install'], { cwd: folder }).then(
    () => true,
    () => false,
  );
}

/** Keeps the build, whole or not at all, for two checkouts may be set up at once. */
function keep(/** @type {string} */ kept) {
  const unfinished = `${kept}.${process.pid}`;
  try {
    copyBuild(build, unfinished);
    rmSync(kept, { recursive: true, force: true });
    renameSync(unfinished, kept);
  } catch {
    // Without a cache the next checkout compiles again.
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Copies what is loaded: the addon, and where it was compiled here the library beside it. */
function copyBuild(/** @type {string} */ from, /** @type {string} */ to) {
  for (const part of ['Release', 'deps']) {
    if (!existsSync(join(from, part))) continue;
    mkdirSync(join(to, part), { recursive: true });
    for (const file of readdirSync(join(from, part)))
      if (/\.(node|so\.\d+|\d+\.dylib)$/.test(file))
        copyFileSync(join(from, part, file), join(to, part, file));
  }
}
