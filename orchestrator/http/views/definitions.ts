/** Definitions as people see them: each version with who knows it, whether new sagas begin under it, how many live. */
import type { DefinitionsNow } from '../../store/definition-store.ts';
import { isKnown, type Version } from '../../store/engines.ts';

/** One version of a definition. */
export interface DefinitionView {
  readonly definition: string;
  readonly version: number;
  readonly active: boolean;
  readonly liveSagas: number;
  /** The live engines that know it, and those that do not. */
  readonly knownBy: readonly string[];
  readonly unknownTo: readonly string[];
  /** Whether the API that answers knows it. */
  readonly knownHere: boolean;
  /** When and by whom it was last activated. */
  readonly lastActivation?: { readonly at: Date; readonly by: string; readonly reason: string };
}

/** Every version that anybody knows, that is active, or that sagas live under; by name, newest first. */
export function definitionsView(
  here: readonly Version[],
  { engines, active, live, activations }: DefinitionsNow,
): DefinitionView[] {
  const all = new Map<string, Version>();
  const activated = [...active].map(([name, version]) => ({ name, version }));
  for (const one of [...here, ...engines.flatMap((engine) => engine.definitions), ...activated, ...live]) {
    all.set(`${one.name}@${one.version}`, { name: one.name, version: one.version });
  }
  const isThis = (a: Version) => (b: Version) => a.name === b.name && a.version === b.version;
  const byName = (a: Version, b: Version) => a.name.localeCompare(b.name) || b.version - a.version;
  return [...all.values()].sort(byName).map((one) => {
    const knows = (engine: (typeof engines)[number]) => isKnown(engine.definitions, one.name, one.version);
    const last = activations.find(isThis(one));
    return {
      definition: one.name,
      version: one.version,
      active: active.get(one.name) === one.version,
      liveSagas: live.find(isThis(one))?.sagas ?? 0,
      knownBy: engines.filter(knows).map(({ id }) => id),
      unknownTo: engines.filter((engine) => !knows(engine)).map(({ id }) => id),
      knownHere: isKnown(here, one.name, one.version),
      ...(last !== undefined && { lastActivation: { at: last.at, by: last.by, reason: last.reason } }),
    };
  });
}
