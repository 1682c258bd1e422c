/** Reads what was accepted back from its rows, for the records that the brokers did not take in time. */
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { uuidv7Floor } from '#protocol/ids.ts';
import type { Birth } from './intake-store.ts';

/** What a record of an accepted saga bears; see `acceptedData`. */
export type Accepted = Pick<
  Birth,
  | 'id'
  | 'definition'
  | 'definitionVersion'
  | 'partition'
  | 'input'
  | 'idempotencyKey'
  | 'requestHash'
  | 'createdAt'
  | 'traceparent'
>;

export interface AcceptedStore {
  /** The sagas created since an instant, ms, or after an id, and before another instant: the oldest first, at most so many. */
  acceptedBetween(from: number | string, untilMs: number, limit: number): Promise<Accepted[]>;
}

type Row = Omit<Accepted, 'traceparent'> & { readonly traceparent: string | null };

/** By primary key: ids begin with the time. */
export function acceptedStore(db: Database): AcceptedStore {
  return {
    async acceptedBetween(from, untilMs, limit) {
      const found = await db.query<Row>(
        `SELECT s.id::text, s.definition, s.definition_version AS "definitionVersion", s.partition, s.input,
                o.idempotency_key AS "idempotencyKey", o.request_hash AS "requestHash", s.created_at AS "createdAt", s.traceparent
           FROM (SELECT id, definition, definition_version, partition, input, created_at, traceparent
                   FROM orchestrator.sagas WHERE id > $1::uuid AND id < $2::uuid ORDER BY id LIMIT $3::int) s
           JOIN orchestrator.orders o ON ${probe('o.id', 's.id')}
          ORDER BY s.id`,
        typeof from === 'number' ? uuidv7Floor(from) : from,
        uuidv7Floor(untilMs),
        limit,
      );
      return found.map(({ traceparent, ...row }) => ({
        ...row,
        ...(traceparent !== null && { traceparent }),
      }));
    },
  };
}
