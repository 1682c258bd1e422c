/** Definitions: the versions of each engine, the active version, the live sagas of each version; and activation. */
import { randomUUID } from 'node:crypto';
import type { Database, Sql } from '#platform/postgres/database.ts';
import type { Prisma } from '#platform/postgres/prisma.ts';
import type { Approves, Changed } from '#protocol/plan-hash.ts';
import type { ActionRow } from './action-rows.ts';
import { type Activation, activeVersions, insertActivation, lastActivations } from './activations.ts';
import type { ChangedBy } from './api-key-store.ts';
import { appendApplied, underKey } from './append-audit.ts';
import { type EngineReport, isKnown, liveEngines, liveSagas, lockVersions, type Version } from './engines.ts';

const ACTIVATIONS_SHOWN = 50;
/** The action of the audit's entries. */
const ACTIVATE = 'activate';

/** The state of all definitions at one moment. */
export interface DefinitionsNow {
  readonly engines: readonly EngineReport[];
  /** The active version of each definition, by name. */
  readonly active: ReadonlyMap<string, number>;
  /** The number of live sagas by version; versions without live sagas are missing. */
  readonly live: ReadonlyArray<Version & { readonly sagas: number }>;
  readonly activations: readonly Activation[];
}

export interface ActivationRequest extends Version, ChangedBy {
  /** The same again under it is answered as it was. */
  readonly idempotencyKey: string | null;
  /** Whether this outcome is the one its author saw. */
  readonly approves: Approves<Activated>;
}

export type Activated =
  | { readonly kind: 'activated'; readonly before: number | null }
  | { readonly kind: 'active-already' }
  | { readonly kind: 'refused'; readonly why: string };

export interface DefinitionStore {
  now(): Promise<DefinitionsNow>;
  /** What the activation of a version would come to now. It changes nothing. */
  plan(version: Version): Promise<Activated>;
  /**
   * Activates a version if every live engine has it, and adds an entry to the audit, in one transaction. `mismatch`: the key was used
   * for something else.
   */
  activate(request: ActivationRequest): Promise<Activated | Changed<Activated> | 'mismatch'>;
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

    activate: ({ name, version, actor, role, reason, planHash, idempotencyKey, approves }) =>
      db.transaction(async (sql) => {
        await lockVersions(sql);
        const earlier = await underKey(sql, actor, idempotencyKey);
        if (earlier !== null) return activationOf(earlier, { name, version }, reason);
        const decided = await decide(sql, { name, version }, now());
        if (decided.kind === 'refused') return decided;
        if (!approves(decided)) return { changed: decided };
        if (decided.kind !== 'activated') return decided;
        const { before } = decided;
        await insertActivation(sql, { name, version, by: actor, reason }, now());
        await appendApplied(
          sql,
          {
            id: randomUUID(),
            sagaId: null,
            batchId: null,
            action: ACTIVATE,
            revision: null,
            actor,
            role,
            reason,
            params: { definition: name, version, before },
            idempotencyKey,
            planHash,
          },
          `${name} v${version} is active`,
          now,
        );
        return decided;
      }),
  };
}

/** What an earlier request under the same key came to; `mismatch`: it was another one. */
function activationOf(
  earlier: ActionRow,
  { name, version }: Version,
  reason: string,
): Activated | 'mismatch' {
  // Not every entry is an action on a saga, as the row's type has it.
  const action: string = earlier.action;
  const { definition, version: activated, before } = earlier.params;
  const isSame = action === ACTIVATE && definition === name && activated === version;
  if (!isSame || earlier.reason !== reason) return 'mismatch';
  return { kind: 'activated', before: typeof before === 'number' ? before : null };
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
