/** What a case of the deployment's checks is, and how an object is damaged. */
import type { Overlay } from '../build-overlay.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';

export type Objects = readonly KubernetesObject[];
// biome-ignore lint/suspicious/noExplicitAny: a damage may change any field.
export type Damage = (one: any) => void;

/** A check, and damages of which it must name each: the object's kind and name, and what is done to it. */
export interface Case {
  readonly name: string;
  readonly check: (objects: Objects, overlay: Overlay) => string[] | Promise<string[]>;
  readonly only?: Overlay;
  readonly damages: ReadonlyArray<
    readonly [object: string, damage: Damage | 'remove' | 'copy', sees: RegExp]
  >;
}

/** The objects with one of them changed. */
export function damaged(objects: Objects, name: string, damage: Damage | 'remove' | 'copy'): Objects {
  const [kind, start = ''] = name.split(' ');
  const isIt = (one: KubernetesObject) =>
    one.kind === kind && new RegExp(`^${start}(-[a-z0-9]{10})?$`).test(one.metadata.name);
  if (!objects.some(isIt)) throw new Error(`there is no ${name} to damage`);
  return objects.flatMap((one) => {
    if (!isIt(one)) return [one];
    if (damage === 'remove') return [];
    const changed = structuredClone(one);
    if (damage === 'copy')
      return [one, { ...changed, metadata: { ...changed.metadata, name: `${start}-copy` } }];
    damage(changed);
    return [changed];
  });
}

interface Owner {
  spec: {
    template: {
      spec: { containers: Array<{ args: string[]; env: Array<{ name: string; value: string }> }> };
    };
  };
}

/** The first container of an object's pods. @throws Error where it has none */
export function container({ spec }: Owner) {
  const [first] = spec.template.spec.containers;
  if (first === undefined) throw new Error('it has no container');
  return first;
}

/** Changes a setting of an object's pods. */
export function setting(one: Owner, name: string, value: string): void {
  const found = container(one).env.find((each) => each.name === name);
  if (found === undefined) throw new Error(`it has no ${name}`);
  found.value = value;
}
