/** `deploy/Dockerfile`: what a clean clone has is enough to build it, and what it copies is enough to run every process. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join, normalize } from 'node:path';
import { expect } from 'chai';
import { answerHealth } from '#platform/process/process.ts';
import { processTable } from '#scripts/run/processes.ts';
import { root } from '#scripts/run/stack/places.ts';

const stages = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8')
  .replaceAll(/\\\n\s*/g, ' ')
  .split(/^FROM /m)
  .slice(1);
const [build = '', last = ''] = stages;
const { imports, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Sources of COPY from the clone. */
const copied = (stage: string) =>
  [...stage.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) => sources.split(' '));

/** What compose and the cluster run of this image. */
const ENTRIES = [
  ...processTable({ engines: 1, issuers: 1, gateway: 'simulator', shop: false, observe: false }).map(
    ({ entry }) => entry,
  ),
  'scripts/run/migrate.ts',
  'scripts/run/grant.ts',
  'scripts/run/permit.ts',
  'scripts/run/create-topics.ts',
  'scripts/operate/access.ts',
  'scripts/operate/retention.ts',
  'scripts/operate/saga.ts',
  'scripts/operate/stock.ts',
  'scripts/operate/coupons.ts',
  'scripts/verify/verify-ledger.ts',
].filter((entry) => existsSync(join(root, entry)));

/** The file that an import names, or null for a package's. */
function resolve(from: string, name: string): string | null {
  if (name.startsWith('.')) return normalize(join(dirname(from), name));
  const [alias] = Object.keys(imports).filter((one) => name.startsWith(one.slice(0, -1)));
  if (alias === undefined) return null;
  return normalize(join(imports[alias].slice(0, -1), name.slice(alias.length - 1)));
}

const packageOf = (name: string) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** Every file and package that some files load, types left out: Node does not load them. */
function loaded(entries: readonly string[]): { files: Set<string>; packages: Map<string, string> } {
  const files = new Set<string>();
  const packages = new Map<string, string>();
  const open = [...entries];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    const text = readFileSync(join(root, file), 'utf8');
    const names = [
      ...text.matchAll(/^(?:import|export)\s(?!type\b)[^;'"]*?from\s*['"]([^'"]+)['"]/gm),
      ...text.matchAll(/^import\s*['"]([^'"]+)['"]/gm),
      ...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g),
    ].map(([, name = '']) => name);
    for (const name of names) {
      if (name.startsWith('node:')) continue;
      const path = resolve(file, name);
      if (path === null) packages.set(packageOf(name), file);
      else open.push(path);
    }
  }
  return { files, packages };
}

describe('deploy/Dockerfile', () => {
  const tracked = new Set(
    execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }).split('\n'),
  );
  const isTracked = (path: string) =>
    tracked.has(path) || [...tracked].some((file) => file.startsWith(`${path}/`));

  it('copies only what a clean clone has', () => {
    const sources = [...copied(build), ...copied(last)];
    expect(sources).to.include.members(['package-lock.json', 'orchestrator', 'prisma']);
    expect(sources.filter((path) => !isTracked(path))).to.deep.equal([]);
    expect(isTracked('node_modules')).to.equal(false);
  });

  it('copies every file that a process or a job loads', () => {
    const { files } = loaded(ENTRIES);
    expect(files.size).to.be.greaterThan(300);
    const sources = copied(last);
    const hidden = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n');
    const isIn = (file: string, folder: string) =>
      file === folder || file.startsWith(`${folder.replace(/\/$/, '')}/`);
    const missing = [...files].filter(
      (file) =>
        // Generated in the first stage, and copied with `prisma`.
        !isIn(file, 'prisma/generated') &&
        (!sources.some((source) => isIn(file, source)) || hidden.some((one) => isIn(file, one))),
    );
    expect(missing).to.deep.equal([]);
    expect(last).to.match(/^COPY --from=build \/app\/prisma prisma$/m);
  });

  it('has every package that a process or a job loads: none is for development only', () => {
    const { packages } = loaded(ENTRIES);
    expect([...packages.keys()]).to.include.members(['pg', 'zod', '@confluentinc/kafka-javascript']);
    const missing = [...packages].filter(([name]) => !(name in dependencies));
    expect(missing).to.deep.equal([]);
  });

  it('ends without tools to build or to install with, as an ordinary user', () => {
    expect(build).to.match(/apt-get install .*\bg\+\+/);
    const installed = /apt-get install -y --no-install-recommends ([^&]*)/.exec(last)?.[1] ?? '';
    expect(installed).to.match(/\btini\b/);
    expect(
      installed.split(/\s+/).filter((name) => /^(g\+\+|gcc|make|python3|git|curl)$|-dev$/.test(name)),
    ).to.deep.equal([]);
    for (const program of ['npm', 'npx', 'corepack', 'yarn'])
      expect(last).to.contain(` /usr/local/bin/${program}`);
    expect(
      /^USER (\S+)$/m.exec(last)?.[1],
      'a number: Kubernetes cannot see that a name is not root’s',
    ).to.match(/^[1-9]\d*$/);
    expect(last.indexOf('\nUSER ')).to.be.greaterThan(last.lastIndexOf('\nCOPY '));
  });

  it('lists what it holds, and says whether it is well by a path that is answered', async () => {
    expect(build).to.match(/npm sbom --omit=dev .*> sbom\.cdx\.json/);
    expect(build.indexOf('npm sbom')).to.be.lessThan(build.indexOf('npm prune'));
    expect(last).to.contain('/app/sbom.cdx.json');
    const path = /^HEALTHCHECK[\s\S]*?\}(\/\w+)`/m.exec(last)?.[1] ?? '';
    const response = {
      writeHead: () => response,
      end: () => response,
    } as Partial<ServerResponse> as ServerResponse;
    expect(await answerHealth(path, response, () => null), path).to.equal(true);
  });

  it('takes its base by an argument, so that a release can name a digest', () => {
    expect(stages.every((stage) => /^\$\{NODE_IMAGE\}/.test(stage))).to.equal(true);
  });
});
