/** `npm run deploy`: writes what `deploy` has of the code, makes secrets, and checks overlays by a cluster's own definitions. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../run/stack/places.ts';
import { runMain, StackProblem } from '../run/stack/problem.ts';
import { out, say } from '../run/terminal.ts';
import { buildOverlay, ensureKubectl, OVERLAYS, type Overlay } from './deploy/build-overlay.ts';
import { checkByDefinitions, readDefinitions } from './deploy/checks/crd-schemas.ts';
import { makeComposeSecrets } from './deploy/compose-secrets.ts';
import { GENERATED, GENERATED_BESIDE, generatedFiles } from './deploy/generate.ts';
import { secretList } from './deploy/secrets.ts';

const usage = `usage: npm run deploy -- --write                                       writes ${[GENERATED, ...GENERATED_BESIDE].join(', ')}
       npm run deploy -- compose-secrets                               makes deploy/secure, for compose.secure.yml
       npm run -s deploy -- secrets OVERLAY [--namespace NAME]         secrets with random values, for: kubectl create -f -
       npm run deploy -- check OVERLAY --crds FILE                     checks it by the definitions of: kubectl get crds -o json`;

await runMain(async () => {
  const { command, overlay, write, namespace, crds } = readArguments();
  if (write && command === undefined) return writeFiles();
  if (command === 'compose-secrets') {
    say(`made what was missing in ${await makeComposeSecrets(join(root, 'deploy/secure'))}`);
    return 0;
  }
  if (command === 'secrets' && isOverlay(overlay)) {
    if (process.stdout.isTTY)
      throw new StackProblem('These are secrets: send them to `kubectl create -f -`, not to a terminal.');
    out(JSON.stringify(secretList(overlay, namespace), null, 2));
    return 0;
  }
  if (command === 'check' && isOverlay(overlay) && crds.length > 0) return check(overlay, crds);
  say(usage);
  return 2;
}, usage);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        write: { type: 'boolean', default: false },
        namespace: { type: 'string', default: 'order-saga' },
        crds: { type: 'string', multiple: true, default: [] },
      },
    });
    const [command, overlay] = positionals;
    return { command, overlay, ...values };
  } catch (error) {
    say(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function isOverlay(name: string | undefined): name is Overlay {
  return OVERLAYS.some((overlay) => overlay === name);
}

function writeFiles(): number {
  rmSync(join(root, GENERATED), { recursive: true, force: true });
  for (const [file, text] of generatedFiles()) {
    const path = join(root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return 0;
}

async function check(overlay: Overlay, crds: readonly string[]): Promise<number> {
  const objects = await buildOverlay(overlay, await ensureKubectl(say));
  const { problems, checked } = checkByDefinitions(objects, readDefinitions(crds));
  for (const problem of problems) say(problem);
  if (checked === 0) throw new StackProblem('None of these definitions is of a kind that the overlay has.');
  say(`${checked} custom resources checked, ${problems.length} problems`);
  return problems.length === 0 ? 0 : 1;
}
