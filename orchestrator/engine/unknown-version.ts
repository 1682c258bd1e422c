/**
 * Handles messages of sagas whose definition version this engine lacks, without a dead letter.
 *
 * If another live engine supports the version, this build is outdated: the process exits without a commit, its partitions
 * move to the other engines, and it cannot rejoin. If no live engine does, this one stores the message as unmatched and
 * raises an incident of the saga; other sagas go on, and the sweeper resends the saga's commands until an engine supports it.
 */

import type { Logger } from '#platform/process/log.ts';
import { RetryableError } from '#protocol/errors.ts';
import { replyId } from '#protocol/ids.ts';
import { externalIncident } from './external-incident.ts';
import { unknownVersions } from './metrics.ts';
import type { Store, Unmatched } from './ports.ts';
import type { Incoming, SagaRow } from './saga.ts';
import { UNKNOWN_VERSION } from './step-batch.ts';

const OUTDATED = 'unknown-definition-version';

/**
 * Decides what to do, before the batch records its unmatched messages.
 * @param isRefusal whether a type is a refusal of a command that this build knows
 * @throws RetryableError `unknown-definition-version` when another live engine can take these messages
 */
export async function meetUnknown(
  { store, log, isRefusal }: { store: Store; log: Logger; isRefusal: (type: string) => boolean },
  unmatched: readonly Unmatched[],
  nowMs: number,
): Promise<void> {
  const now = new Date(nowMs);
  const rows = await store.readSagas([
    ...new Set(unmatched.map(({ incoming }) => incoming.envelope.subject)),
  ]);
  const others = new Map<string, readonly string[]>();
  for (const { incoming } of unmatched) {
    const row = rows.get(incoming.envelope.subject);
    if (row === undefined) continue;
    const version = `${row.definition} v${row.definitionVersion}`;
    // An ended saga needs an operator only after a success that nothing undid.
    const isQuiet = hasEnded(row);
    if (!isQuiet && !others.has(version)) {
      const knowing = await store.enginesKnowing(row.definition, row.definitionVersion, now);
      others.set(version, knowing);
      if (knowing.length > 0) {
        const whom = knowing.join(', ');
        throw new RetryableError(
          OUTDATED,
          `saga ${row.id} runs under ${version}, known to ${whom} and not here`,
        );
      }
    }
    unknownVersions.inc({ definition: row.definition, version: row.definitionVersion });
    log.throttled(`unknown ${version}`, 'saga-version-unknown', {
      sagaId: row.id,
      version,
      type: incoming.envelope.type,
    });
    // An unstarted saga gets no incident: the sweeper of an engine with its version starts it.
    const needsIncident = isQuiet
      ? answersAbandoned(row, incoming) && !isRefusal(incoming.envelope.type)
      : row.version > 0;
    if (needsIncident && row.stuck === null) {
      const text = `no engine knows ${version}: start a build that does, or migrate the saga`;
      // Only at the version read: other engines may have moved or ended the saga while this one was paused.
      await store.raiseIncident(row.id, externalIncident(UNKNOWN_VERSION, text, row.version), now);
    }
  }
}

/** Whether an error says that this build is outdated. */
export function isOutdated(error: unknown): boolean {
  return error instanceof RetryableError && error.code === OUTDATED;
}

function hasEnded({ endedAt, pending, stuck }: SagaRow): boolean {
  const { awaiting, timers } = pending;
  return endedAt !== null && Object.keys({ ...awaiting, ...timers }).length === 0 && stuck === null;
}

/** Whether the message is the reply of an abandoned command that the participant reported as not executed. */
function answersAbandoned(row: SagaRow, { envelope: { id, commandid } }: Incoming): boolean {
  return (
    commandid !== undefined &&
    id === replyId(commandid) &&
    row.pending.givenUp[commandid]?.found === 'not-executed'
  );
}
