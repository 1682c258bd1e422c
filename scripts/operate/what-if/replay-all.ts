/** Replays recorded histories from a database, page by page, and reports the sagas that would take another path. */

import { type Registered, register, type SagaDefinition } from '#engine/definition/definition.ts';
import { type Difference, replay, versionsOf } from '#engine/replay.ts';
import { readHistories } from '#orchestrator/store/history-store.ts';
import type { Sql } from '#platform/postgres/database.ts';
import { uuidv7Floor } from '#protocol/ids.ts';

/** Sagas read at once: a bound on memory. */
const PAGE = 200;

/** The selected histories, and the definitions they are replayed under. */
export interface WhatIf {
  /** The code as it stands: a saga is replayed under the version it ran under. */
  readonly definitions: readonly SagaDefinition[];
  /** Put in front of them: the same version, or else the newest of that name. */
  readonly instead?: readonly SagaDefinition[];
  /** Sagas accepted since then, ms since 1970. */
  readonly sinceMs: number;
  readonly definition: string | null;
  readonly limit: number;
}

/** How it came out. */
export interface Summary {
  readonly replayed: number;
  readonly differ: number;
  /** Sagas of versions that there is no definition to replay under, by version. */
  readonly unknown: Readonly<Record<string, number>>;
}

/** Replays up to `limit` sagas, oldest first; each difference is handed on as it is found. */
export async function replayAll(
  sql: Sql,
  { definitions, instead = [], sinceMs, definition, limit }: WhatIf,
  onDifference: (difference: Difference) => void,
): Promise<Summary> {
  const registered = definitions.map(register);
  const overriding = instead.map(register);
  const unknown: Record<string, number> = {};
  let after = uuidv7Floor(sinceMs);
  let replayed = 0;
  let differ = 0;
  for (let left = limit; left > 0; ) {
    const size = Math.min(PAGE, left);
    const page = await readHistories(sql, { after, definition, limit: size });
    for (const history of page) {
      const { definition: name } = history.birth;
      const under = new Map(
        versionsOf(history).map((version) => [version, definitionFor(registered, overriding, name, version)]),
      );
      const missing = [...under].find(([, one]) => one === null)?.[0];
      if (missing !== undefined) {
        unknown[`${name} v${missing}`] = (unknown[`${name} v${missing}`] ?? 0) + 1;
        continue;
      }
      replayed += 1;
      const difference = replay((version) => under.get(version) as Registered, history);
      if (difference === null) continue;
      differ += 1;
      onDifference(difference);
    }
    left -= page.length;
    after = page.at(-1)?.birth.id ?? after;
    if (page.length < size) break;
  }
  return { replayed, differ, unknown };
}

function definitionFor(
  registered: readonly Registered[],
  overriding: readonly Registered[],
  name: string,
  version: number,
): Registered | null {
  const isIt = (one: Registered) => one.name === name && one.version === version;
  const named = overriding.filter((one) => one.name === name).sort((a, b) => b.version - a.version);
  return overriding.find(isIt) ?? named[0] ?? registered.find(isIt) ?? null;
}
