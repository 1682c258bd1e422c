/**
 * `npm run audit`: known vulnerabilities of the packages in package-lock.json, as the npm registry knows them. Exit 0: it answered,
 * and knows none; 1: it knows some; 3: it gave no answer, which says nothing about the packages.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../../run/stack/places.ts';
import { runMain } from '../../run/stack/problem.ts';
import { out, say } from '../../run/terminal.ts';
import { judgeAudit, type Verdict } from './judge-audit.ts';

const NO_ANSWER = 3;
const WITHIN_MS = 120_000;
/** A version with vulnerabilities that every registry with an answer knows. */
const CANARY = { name: 'lodash', version: '4.17.11' };

const usage =
  'usage: npm run audit   known vulnerabilities; exit 0: none, 1: some, 3: the registry gives no answer';

await runMain(async () => {
  const canary = await auditCanary();
  if (canary.kind === 'no-answer') return noAnswer(canary.why);
  // A registry without advisories may answer with an empty list, as for packages without vulnerabilities.
  if (canary.found.length === 0) return noAnswer(`it knows nothing of ${CANARY.name} ${CANARY.version}`);
  const verdict = await auditIn(root);
  if (verdict.kind === 'no-answer') return noAnswer(verdict.why);
  for (const { name, severity, range, isFixable } of verdict.found)
    out(`${severity}: ${name} ${range}${isFixable ? ', an update mends it' : ''}`);
  say(`${verdict.packages} packages, ${verdict.found.length} with known vulnerabilities`);
  return verdict.found.length === 0 ? 0 : 1;
}, usage);

function noAnswer(why: string): number {
  say(
    `NOT AUDITED: the registry gives no answer about vulnerabilities (${why}). This says nothing about the packages: repeat it with a registry that answers, such as the public one (npm_config_registry).`,
  );
  return NO_ANSWER;
}

/** Audits a project whose one package is known to be vulnerable. */
async function auditCanary(): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  const { name, version } = CANARY;
  const own = { name: 'canary', version: '1.0.0', dependencies: { [name]: version } };
  const packages = { '': own, [`node_modules/${name}`]: { version } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(own));
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...own, lockfileVersion: 3, requires: true, packages }),
  );
  return auditIn(folder).finally(() => rmSync(folder, { recursive: true }));
}

async function auditIn(folder: string): Promise<Verdict> {
  const child = spawn('npm', ['audit', '--json', '--package-lock-only'], {
    cwd: folder,
    // `npm run` hands down settings, some of which are of this project's folder.
    env: { ...process.env, npm_config_prefix: undefined, npm_config_local_prefix: undefined },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: WITHIN_MS,
  });
  return judgeAudit(await text(child.stdout));
}
