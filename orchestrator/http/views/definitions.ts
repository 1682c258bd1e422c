/** The views of definitions and activations. */
import * as z from 'zod';
import type { Activated, DefinitionsNow } from '#orchestrator/store/definition-store.ts';
import { isKnown, type Version } from '#orchestrator/store/engines.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import { count, instant, type View } from '#platform/http/schemas.ts';
import { planHash } from '#protocol/plan-hash.ts';

export const definitionPage = z
  .object({
    items: z.array(
      z.object({
        definition: z.string(),
        version: z.int(),
        active: z.boolean().describe('New sagas begin under it.'),
        liveSagas: count,
        knownBy: z.array(z.string()).describe('The live engines that run it.'),
        unknownTo: z.array(z.string()).describe('The live engines that do not.'),
        knownHere: z.boolean().describe('Whether this API runs it.'),
        lastActivation: z.object({ at: instant, by: z.string(), reason: z.string() }).exactOptional(),
      }),
    ),
  })
  .meta({
    id: 'DefinitionPage',
    description: 'Each version that a process runs, that is active, or that has live sagas.',
  });

export const activated = z
  .object({
    definition: z.string(),
    version: z.int(),
    changed: z.boolean().describe('False: it was active already.'),
    dryRun: z.literal(true).exactOptional().describe('Nothing was done: `changed` says what would be.'),
    before: z
      .int()
      .nullable()
      .exactOptional()
      .describe('Of a dry run: the version that is active now; null: none.'),
    planHash: planHashText
      .exactOptional()
      .describe('Of a dry run: over the version and the one that it replaces.'),
  })
  .meta({ id: 'Activated' });

/** The plan of an activation that is possible. */
export function activationPlan(
  definition: string,
  version: number,
  outcome: Exclude<Activated, { kind: 'refused' }>,
): View<typeof activated> & { planHash: string } {
  const changed = outcome.kind === 'activated';
  const plan = { definition, version, changed, before: changed ? outcome.before : version };
  return { dryRun: true, ...plan, planHash: planHash({ act: 'activate', ...plan }) };
}

/** Lists every version that a process runs, that is active, or that has live sagas: by name, newest first. */
export function definitionsView(
  here: readonly Version[],
  { engines, active, live, activations }: DefinitionsNow,
): View<typeof definitionPage>['items'] {
  const all = new Map<string, Version>();
  const activated = [...active].map(([name, version]) => ({ name, version }));
  for (const one of [...here, ...engines.flatMap((engine) => engine.definitions), ...activated, ...live]) {
    all.set(`${one.name}@${one.version}`, { name: one.name, version: one.version });
  }
  const isThis = (a: Version) => (b: Version) => a.name === b.name && a.version === b.version;
  const byName = (a: Version, b: Version) => a.name.localeCompare(b.name) || b.version - a.version;
  return [...all.values()].sort(byName).map((one) => {
    const runs = (engine: (typeof engines)[number]) => isKnown(engine.definitions, one.name, one.version);
    const last = activations.find(isThis(one));
    return {
      definition: one.name,
      version: one.version,
      active: active.get(one.name) === one.version,
      liveSagas: live.find(isThis(one))?.sagas ?? 0,
      knownBy: engines.filter(runs).map(({ id }) => id),
      unknownTo: engines.filter((engine) => !runs(engine)).map(({ id }) => id),
      knownHere: isKnown(here, one.name, one.version),
      ...(last !== undefined && { lastActivation: { at: last.at, by: last.by, reason: last.reason } }),
    };
  });
}
