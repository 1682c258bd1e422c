/** Definitions: the versions of each engine, the active version, the live sagas of each version; and activation. */
import { randomUUID } from 'node:crypto';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';
import { appendApplied } from './action-store.ts';
import { type Activation, activeVersions, insertActivation, lastActivations } from './activations.ts';
import { type EngineReport, isKnown, liveEngines, liveSagas, lockVersions, type Version } from './engines.ts';

const ACTIVATIONS_SHOWN = 50;

/** The state of all definitions at one moment. */
export interface DefinitionsNow {
  readonly engines: readonly EngineReport[];
  /** The active version of each definition, by name. */
  readonly active: ReadonlyMap<string, number>;
  /** The number of live sagas by version; versions without live sagas are missing. */
  readonly live: ReadonlyArray<Version & { readonly sagas: number }>;
  readonly activations: readonly Activation[];
}

export interface ActivationRequest extends Version {
  readonly actor: string;
  readonly role: string;
  readonly reason: string;
}

export type Activated =
  | { readonly kind: 'activated'; readonly before: number | null }
  | { readonly kind: 'active-already' }
  | { readonly kind: 'refused'; readonly why: string };

export interface DefinitionStore {
  now(): Promise<DefinitionsNow>;
  /** What the activation of a version would come to now. It changes nothing. */
  plan(version: Version): Promise<Activated>;
  /** Activates a version if every live engine has it, and adds an entry to the audit, in one transaction. */
  activate(request: ActivationRequest): Promise<Activated>;
}

/** The store of definitions. */
export function definitionStore(db: Database, prisma: Prisma, now: () => number): DefinitionStore {
  return {
    async now() {
      const [engines, active, live, activations] = await Promise.all([
        liveEngines(db, now()),
        activeVersions(db),
        liveSagas(db),
        lastActivations(prisma, ACTIVATIONS_SHOWN),
      ]);
      return { engines, active, live, activations };
    },

    plan: (version) => decide(db, version, now()),

    activate: ({ name, version, actor, role, reason }) =>
      db.transaction(async (sql) => {
        await lockVersions(sql);
        const decided = await decide(sql, { name, version }, now());
        if (decided.kind !== 'activated') return decided;
        const { before } = decided;
        await insertActivation(sql, { name, version, by: actor, reason }, now());
        await appendApplied(
          sql,
          {
            id: randomUUID(),
            sagaId: null,
            batchId: null,
            action: 'activate',
            revision: null,
            actor,
            role,
            reason,
            params: { definition: name, version, before },
            idempotencyKey: null,
          },
          `${name} v${version} is active`,
          now,
        );
        return decided;
      }),
  };
}

/** Whether a version may be activated: every live engine has it. */
async function decide(sql: Sql, { name, version }: Version, nowMs: number): Promise<Activated> {
  const before = (await activeVersions(sql)).get(name) ?? null;
  if (before === version) return { kind: 'active-already' };
  const engines = await liveEngines(sql, nowMs);
  const lacking = engines.filter(({ definitions }) => !isKnown(definitions, name, version));
  return engines.length === 0 || lacking.length > 0
    ? { kind: 'refused', why: whyNot(`${name} v${version}`, engines.length, lacking, nowMs) }
    : { kind: 'activated', before };
}

function whyNot(what: string, live: number, lacking: readonly EngineReport[], nowMs: number): string {
  if (live === 0) return `no live engine runs ${what}`;
  const names = lacking.map(
    ({ id, seenAt }) =>
      `${id} (last seen ${Math.max(0, Math.round((nowMs - seenAt.getTime()) / 1000))} s ago)`,
  );
  const [lack, them] = lacking.length === 1 ? ['lacks', 'it'] : ['lack', 'them'];
  return `${names.join(', ')} ${lack} ${what}: replace ${them} first; a crashed engine counts for 30 s more`;
}
