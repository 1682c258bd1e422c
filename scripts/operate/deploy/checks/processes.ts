/** Every process runs, with its file, and nothing runs that the code does not have. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { processTable } from '#scripts/run/processes.ts';
import { root } from '#scripts/run/stack/places.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { IMAGE } from '../names.ts';
import { podsIn } from './pods.ts';

/** @param gateway whether the overlay has the simulated one */
export function checkProcesses(
  objects: readonly KubernetesObject[],
  gateway: 'none' | 'simulator',
): string[] {
  const wanted = new Map(
    processTable({ engines: 1, issuers: 1, gateway, shop: false, observe: false }).map(({ name, entry }) => [
      name,
      entry,
    ]),
  );
  const pods = podsIn(objects).filter(({ containers }) =>
    containers.some(({ image }) => image.includes(IMAGE)),
  );
  const running = new Map(
    pods
      .filter(({ owner }) => owner.kind === 'Deployment')
      .map(({ owner, containers }) => [owner.metadata.name, containers[0]?.args?.join(' ')]),
  );
  const files = pods.flatMap(({ containers }) => containers.flatMap(({ args = [] }) => args));
  return [
    ...[...wanted]
      .filter(([name, entry]) => running.get(name) !== entry)
      .map(([name, entry]) => `${name} should run ${entry}, and runs ${running.get(name) ?? 'nowhere'}`),
    ...[...running.keys()]
      .filter((name) => !wanted.has(name))
      .map((name) => `${name} is no process of the code`),
    ...files.filter((file) => !existsSync(join(root, file))).map((file) => `there is no ${file}`),
  ];
}
