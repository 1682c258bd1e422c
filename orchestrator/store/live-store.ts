/**
 * Reads the journal in the order in which its transactions took their ids, for live events. A row below the horizon, the
 * oldest transaction of this database that is still open, is settled: no other can appear before it. So a position is all that
 * a reader keeps, and every API process reads the same.
 */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';

/** A place in the journal: after one row, or before all rows of a transaction (version 0). */
export interface Position {
  /** A transaction id, in decimal digits. */
  readonly xid: string;
  readonly sagaId: string;
  readonly version: number;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** The position before the rows of a transaction and of all later ones. */
export function beforeAll(xid: string): Position {
  return { xid, sagaId: FIRST_ID, version: 0 };
}

/** A transition as live events show it, with what its saga is now. */
export interface LiveMove {
  /** Its transaction; null: the row is older than transaction ids are kept. */
  readonly xid: string | null;
  readonly sagaId: string;
  readonly version: number;
  readonly at: Date;
  readonly type: string;
  readonly fromState: string;
  readonly toState: string;
  /** Whether it raised or ended an incident. */
  readonly changedIncident: boolean;
  /** Of a person's action. */
  readonly action: string | null;
  readonly actor: string | null;
  readonly definition: string;
  readonly definitionVersion: number;
  readonly customerId: string;
  /** The code of the saga's present incident; null: it is not stuck. */
  readonly incident: string | null;
  readonly paused: boolean;
}

/** Moves after a position, in order. */
export interface LivePage {
  readonly moves: readonly LiveMove[];
  /** Every row of a lower transaction id is settled. */
  readonly horizon: string;
}

export interface LiveStore {
  /** The moves after a position, below the horizon. @param until a horizon of before; null: the present one */
  after(position: Position, until: string | null, limit: number): Promise<LivePage>;
  /** The present horizon. */
  horizon(): Promise<string>;
  /** The moves of some sagas after a version each, by saga and version. */
  ofSagas(
    sagas: ReadonlyArray<{ readonly sagaId: string; readonly version: number }>,
    limits: { readonly each: number; readonly all: number },
  ): Promise<LiveMove[]>;
}

const MOVE_COLUMNS = `j.xid, j.saga_id, j.version, j.at, j.type, j.from_state, j.to_state, j.change, j.message`;

const SHOWN = `m.xid::text, m.saga_id::text AS "sagaId", m.version, m.at, m.type, m.from_state AS "fromState",
  m.to_state AS "toState", m.change->'stuck' IS NOT NULL AS "changedIncident",
  CASE WHEN m.type = 'saga.action' THEN m.message->'data'->>'action' END AS action,
  CASE WHEN m.type = 'saga.action' THEN m.message->'data'->>'actor' END AS actor,
  s.definition, s.definition_version AS "definitionVersion", s.customer_id AS "customerId",
  s.stuck->>'code' AS incident, s.paused`;

/**
 * A server's databases share their transaction ids, so a snapshot's own minimum would wait for the transactions of databases
 * that cannot write here. The sessions are read after the snapshot: a transaction that has ended in between counts as open.
 */
const HORIZON = `(
  SELECT COALESCE(min(xid), pg_snapshot_xmax(pg_current_snapshot()))
    FROM pg_snapshot_xip(pg_current_snapshot()) AS open(xid)
   WHERE NOT EXISTS (
     SELECT FROM pg_stat_activity a
      WHERE a.backend_xid = open.xid::xid AND a.datid <> (SELECT oid FROM pg_database WHERE datname = current_database())))`;

const AFTER = `
WITH h AS (SELECT COALESCE($4::text::xid8, ${HORIZON}) AS horizon)
SELECT h.horizon::text, ${SHOWN}
  FROM h LEFT JOIN LATERAL (
    SELECT ${MOVE_COLUMNS} FROM orchestrator.journal j
     WHERE j.xid >= $1::text::xid8 AND j.xid < h.horizon
       AND (j.xid, j.saga_id, j.version) > ($1::text::xid8, $2::uuid, $3::int)
     ORDER BY j.xid, j.saga_id, j.version LIMIT $5::int) m ON true
  LEFT JOIN orchestrator.sagas s ON ${probe('s.id', 'm.saga_id')}
 ORDER BY m.xid, m.saga_id, m.version`;

const WANTED = columns({ sagaId: 'uuid', version: 'int4' });

const OF_SAGAS = `
SELECT ${SHOWN}
  FROM ${WANTED.from('k', 3)}
  CROSS JOIN LATERAL (
    SELECT ${MOVE_COLUMNS} FROM orchestrator.journal j
     WHERE ${probe('j.saga_id', 'k."sagaId"')} AND j.version > k.version ORDER BY j.version LIMIT $1::int) m
  JOIN orchestrator.sagas s ON ${probe('s.id', 'm.saga_id')}
 ORDER BY m.saga_id, m.version LIMIT $2::int`;

type RawMove = { readonly horizon: string } & ({ readonly sagaId: null } | LiveMove);

/** The store of live events. It only reads. */
export function liveStore(db: Pick<Database, 'query'>): LiveStore {
  return {
    async after({ xid, sagaId, version }, until, limit) {
      const rows = await db.query<RawMove>(AFTER, xid, sagaId, version, until, limit);
      const moves = rows.flatMap((row) => {
        if (row.sagaId === null) return [];
        const { horizon: _, ...move } = row;
        return [move];
      });
      return { moves, horizon: rows[0]?.horizon ?? xid };
    },

    async horizon() {
      const [row] = await db.query<{ horizon: string }>(`SELECT ${HORIZON}::text AS horizon`);
      return row?.horizon ?? '0';
    },

    async ofSagas(sagas, { each, all }) {
      if (sagas.length === 0) return [];
      return db.query<LiveMove>(OF_SAGAS, each, all, ...WANTED.values(sagas));
    },
  };
}
