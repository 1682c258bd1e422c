/** The build before this one, taken from git, so that both can run side by side. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { localFolder, root } from '#scripts/run/stack/places.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';

const run = promisify(execFile);

/** The last commit of the build before. A release names its predecessor here. */
export const BUILD_BEFORE = '3f8c892eb5e72bb3b2e88f4342e474df2285429c';

const ARCHIVE_BYTES_MAX = 256 * 1024 * 1024;
/** Its own set-up compiles a client: minutes. */
const SET_UP_WITHIN_MS = 20 * 60_000;

/** A build's folder, and how it runs one of its own commands. */
export interface Build {
  readonly commit: string;
  readonly folder: string;
  /** Runs one of its scripts, such as `scripts/run/migrate.ts`, with an environment. */
  command(script: string, environment: NodeJS.ProcessEnv): Promise<string>;
}

/**
 * Unpacks a commit into `.local/builds/`, once. It shares this build's packages where they are the same ones, and has its own
 * set-up make its own where they differ.
 * @throws StackProblem when this clone has no such commit, and cannot get it
 */
export async function ensureBuild(commit = BUILD_BEFORE): Promise<Build> {
  await requireCommit(commit);
  const folder = join(localFolder, 'builds', commit.slice(0, 12));
  const command = async (script: string, environment: NodeJS.ProcessEnv) =>
    (await run(process.execPath, [join(folder, script)], { cwd: folder, env: environment })).stdout;
  if (!existsSync(folder)) {
    // Half a build must not be taken for a whole one.
    const unpacked = `${folder}.${process.pid}`;
    rmSync(unpacked, { recursive: true, force: true });
    mkdirSync(unpacked, { recursive: true });
    await unpack(commit, unpacked);
    const differing = differingPackages(lockOf(unpacked), lockOf(root));
    if (differing.length === 0) await shareSetUp(unpacked);
    else await ownSetUp(unpacked);
    renameSync(unpacked, folder);
  }
  return { commit, folder, command };
}

async function requireCommit(commit: string): Promise<void> {
  const has = () =>
    run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).then(
      () => true,
      () => false,
    );
  if (await has()) return;
  // A shallow clone gets the one commit from where it came from.
  await run('git', ['fetch', '--depth', '1', 'origin', commit], { cwd: root }).catch(() => {});
  if (await has()) return;
  throw new StackProblem(
    `This clone has no commit ${commit.slice(0, 12)}, the build before, and its origin does not give it: \`git fetch --unshallow\` brings it. Without it nothing can be said about a rolling update.`,
  );
}

async function unpack(commit: string, folder: string): Promise<void> {
  const archive = `${folder}.tar`;
  await run('git', ['archive', '--format', 'tar', '-o', archive, commit], {
    cwd: root,
    maxBuffer: ARCHIVE_BYTES_MAX,
  });
  await run('tar', ['-x', '-f', archive, '-C', folder]);
  rmSync(archive);
}

/** The packages of a lock file that it needs to run, by their place. */
export type Lock = Readonly<
  Record<string, { readonly version?: string; readonly dev?: boolean; readonly devOptional?: boolean }>
>;

const lockOf = (folder: string): Lock =>
  (JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as { packages: Lock }).packages;

/** The packages that one build runs with and another has not, or has in another version. */
export function differingPackages(wanted: Lock, present: Lock): string[] {
  return Object.entries(wanted)
    .filter(([place, { dev, devOptional }]) => place !== '' && !dev && !devOptional)
    .filter(([place, { version }]) => version !== present[place]?.version)
    .map(([place]) => place);
}

async function shareSetUp(folder: string): Promise<void> {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  // Generating the client needs no schema engine; without this Prisma would try to download one.
  const env = { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', CHECKPOINT_DISABLE: '1' };
  await run(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate'], {
    cwd: folder,
    env,
  });
}

async function ownSetUp(folder: string): Promise<void> {
  await run(
    process.execPath,
    [join(folder, 'scripts/run/setup/run.mjs'), 'scripts/operate/token.ts', '--help'],
    {
      cwd: folder,
      timeout: SET_UP_WITHIN_MS,
    },
  );
}
