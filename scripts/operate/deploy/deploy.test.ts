/**
 * Both overlays hold against the code, in both directions, and against the schemas of their kinds. Each check sees its own damage:
 * one that finds nothing wrong in anything is none.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { root } from '#scripts/run/stack/places.ts';
import { buildOverlay, ensureKubectl, OVERLAYS, type Overlay } from './build-overlay.ts';
import { GENERATED, GENERATED_BESIDE, generatedFiles } from './generate.ts';
import { damaged, type Objects } from './testing/case.ts';
import { KAFKA_CASES } from './testing/kafka-cases.ts';
import { NETWORK_CASES } from './testing/network-cases.ts';
import { OBJECTS_CASES } from './testing/objects-cases.ts';
import { PODS_CASES } from './testing/pods-cases.ts';
import { SETTINGS_CASES } from './testing/settings-cases.ts';

const CASES = [...OBJECTS_CASES, ...KAFKA_CASES, ...SETTINGS_CASES, ...PODS_CASES, ...NETWORK_CASES];

describe('the deployment on a cluster', () => {
  const built = new Map<Overlay, Objects>();
  before(async function () {
    // A machine without a recent kubectl fetches one first.
    this.timeout(180_000);
    const kubectl = await ensureKubectl(() => {});
    for (const overlay of OVERLAYS) built.set(overlay, await buildOverlay(overlay, kubectl));
  });

  it('has the files that the code generates, and no others', () => {
    const wanted = generatedFiles();
    const present = [...GENERATED_BESIDE, ...globSync(`${GENERATED}/**/*.{yml,env}`, { cwd: root })];
    expect(present.sort(), 'npm run deploy -- --write').to.deep.equal([...wanted.keys()].sort());
    for (const [file, text] of wanted)
      expect(readFileSync(join(root, file), 'utf8'), `${file}: npm run deploy -- --write`).to.equal(text);
  });

  for (const { name, check, only, damages } of CASES) {
    for (const overlay of only === undefined ? OVERLAYS : [only])
      it(`${overlay}: ${name}`, async () => {
        expect(await check(built.get(overlay) ?? [], overlay)).to.deep.equal([]);
      });
    it(`sees it where it is not so: ${name}`, async () => {
      const objects = built.get('production') ?? [];
      for (const [one, damage, sees] of damages) {
        const found = await check(damaged(objects, one, damage), 'production');
        expect(found.join('\n'), `${one} damaged`).to.match(sees);
      }
    });
  }

  it('uses every file of the folder', () => {
    const files = globSync('deploy/kubernetes/**/*.{yml,json,env}', { cwd: root });
    const named = globSync('deploy/kubernetes/**/kustomization.yml', { cwd: root }).flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...text.matchAll(/[\w/.-]+\.(?:yml|json|env)\b/g)].map(([path]) => join(file, '..', path));
    });
    const unused = files.filter((file) => !named.includes(file) && !file.endsWith('kustomization.yml'));
    expect(unused).to.deep.equal([]);
    expect(named.filter((file) => !existsSync(join(root, file)))).to.deep.equal([]);
  });
});
