/** The orchestrator's partitioned tables, and how a row of `sagas` becomes the engine's. */
import type { Failure, Incident, Pending, SagaRow, Status } from '#engine/saga.ts';

/** Tables range-partitioned by saga id; pages of sagas keep room for an order's five updates. */
export const PARTITIONED = [
  { name: 'orchestrator.sagas', fillfactor: 50 },
  { name: 'orchestrator.journal' },
  { name: 'orchestrator.unmatched' },
] as const;

/** Unmatched messages kept of one saga; beyond that only the counts of known ones rise. */
export const UNMATCHED_PER_SAGA = 50;

/** A lease doubles with each claim without a completed check, at most this often, to spare sagas whose check fails. */
export const LEASE_DOUBLINGS = 6;

/** The columns of `SagaRow`, for a SELECT from `orchestrator.sagas s`. */
export const SAGA_COLUMNS = `s.id::text, s.definition, s.definition_version, s.partition, s.customer_id, s.input,
  s.created_at, s.version, s.revision, s.state, s.status, s.context, s.pending, s.stuck, s.last_failure AS "lastFailure", s.paused,
  s.state_since, s.ended_at, s.traceparent, encode(s.journal_hash, 'hex') AS journal_hash,
  s.journal_salt::text`;

/** A row as PostgreSQL gives it. */
export interface RawSaga {
  id: string;
  definition: string;
  definition_version: number;
  partition: number;
  customer_id: string;
  input: unknown;
  created_at: Date;
  version: number;
  revision: number;
  state: string;
  status: Status;
  context: Record<string, unknown>;
  pending: Pending;
  stuck: Incident | null;
  lastFailure: Failure | null;
  paused: boolean;
  state_since: Date;
  ended_at: Date | null;
  traceparent: string | null;
  journal_hash: string | null;
  journal_salt: string | null;
}

/** The engine's view of a row. */
export function toSagaRow(raw: RawSaga): SagaRow {
  return {
    id: raw.id,
    definition: raw.definition,
    definitionVersion: raw.definition_version,
    partition: raw.partition,
    customerId: raw.customer_id,
    input: raw.input,
    createdAt: raw.created_at,
    version: raw.version,
    revision: raw.revision,
    state: raw.state,
    status: raw.status,
    context: raw.context,
    pending: raw.pending,
    stuck: raw.stuck,
    lastFailure: raw.lastFailure,
    paused: raw.paused,
    stateSince: raw.state_since,
    endedAt: raw.ended_at,
    ...(raw.traceparent !== null && { traceparent: raw.traceparent }),
    ...(raw.journal_hash !== null && { journalHash: raw.journal_hash }),
    ...(raw.journal_salt !== null && { journalSalt: raw.journal_salt }),
  };
}
