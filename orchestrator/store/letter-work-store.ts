/** Work on dead letters, on PostgreSQL: groups, corrections, discards, and the letters that are being sent. */
import { columns } from '#platform/postgres/array-parameters.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';
import { appendApplied, lockAudit, underKey } from './append-audit.ts';
import type { LetterPlace } from './dead-letter-store.ts';
import { chosenBy, keyOf, STATE_OF, toSendable, WHERE_CHOSEN } from './letter-rows.ts';
import {
  type ChosenLetter,
  DISCARD,
  EDIT,
  type LetterChange,
  type LetterGroup,
  type LetterWorkStore,
  type SagaOfLetter,
} from './letter-work.ts';

const PLACES = columns({ partition: 'int4', offset: 'int8' });
const AFTER = columns({ partition: 'int4', offset: 'int8', after: 'int8' });
/** By the primary key of the dead letters, each. */
const AT_PLACE = (table: string) =>
  `${probe(`${table}.partition`, 'l.partition')} AND ${probe(`${table}.record_offset`, 'l."offset"')}`;

const SENDABLE = `d.partition, d.record_offset AS "offset", d.saga_id::text AS "sagaId", d.key, d.value, d.edited_value AS "editedValue",
  d.edits, d.edited_at AS "editedAt", d.origin_topic AS "originTopic", d.resent_at AS "resentAt",
  d.resent_batch::text AS "resentBatch", d.discarded_at AS "discardedAt",
  (SELECT count(*)::int FROM orchestrator.dead_letters same WHERE same.origin_topic = d.origin_topic
     AND md5(same.value) = md5(COALESCE(d.edited_value, d.value))) AS "parkedTimes"`;

const CHOSEN = `d.partition, d.record_offset AS "offset", d.saga_id::text AS "sagaId", d.edits, d.origin_topic AS "originTopic", d.key,
  octet_length(COALESCE(d.edited_value, d.value)) AS bytes, ${STATE_OF('d')} AS state`;

/** The newest letter of each group is read after the groups are made: a text may be long, and groups are few. */
const GROUPS = `
WITH chosen AS MATERIALIZED (
  SELECT d.group_id, d.parked_at, d.partition, d.record_offset FROM orchestrator.dead_letters d
   WHERE ${WHERE_CHOSEN} ORDER BY d.partition DESC, d.record_offset DESC LIMIT $9::int),
g AS MATERIALIZED (
  SELECT group_id, count(*)::int AS letters, min(parked_at) AS oldest, max(parked_at) AS newest,
    max(ARRAY[partition::bigint, record_offset]) AS sample FROM chosen GROUP BY group_id
   ORDER BY letters DESC, group_id LIMIT $10::int)
SELECT g.group_id AS "groupId", d.group_text AS "groupText", d.origin_topic AS "originTopic", d.parked_by AS "parkedBy", d.reason,
  g.letters, g.oldest AS "oldestAt", g.newest AS "newestAt", d.partition AS "samplePartition",
  d.record_offset AS "sampleOffset", d.text AS "sampleText", (SELECT count(*)::int FROM chosen) AS scanned
  FROM g JOIN orchestrator.dead_letters d ON ${probe('d.partition', 'g.sample[1]::int')} AND ${probe('d.record_offset', 'g.sample[2]')}
 ORDER BY g.letters DESC, g.group_id`;

const CLAIM = `
INSERT INTO orchestrator.dead_letter_claims AS c (partition, record_offset, claim, expires_at)
SELECT l.partition, l."offset", $1::uuid, now() + $2::float8 * interval '1 millisecond' FROM ${PLACES.from('l', 3)}
    ON CONFLICT (partition, record_offset) DO UPDATE SET claim = EXCLUDED.claim, expires_at = EXCLUDED.expires_at
 WHERE c.expires_at <= now()
RETURNING partition, record_offset AS "offset"`;

const PARKED_AFTER = `
SELECT l.partition, l."offset", n.partition AS "againPartition", n.record_offset AS "againOffset"
  FROM ${AFTER.from('l')} JOIN orchestrator.dead_letters d ON ${AT_PLACE('d')}
 CROSS JOIN LATERAL (SELECT a.partition, a.record_offset FROM orchestrator.dead_letters a
    WHERE a.origin_topic = d.origin_topic AND md5(a.value) = md5(COALESCE(d.edited_value, d.value))
      AND a.record_offset > l.after ORDER BY a.record_offset LIMIT 1) n`;

interface RawPlace {
  readonly partition: number;
  readonly offset: bigint;
}

type RawChosen = Omit<ChosenLetter, 'offset' | 'key' | 'keyBytes'> &
  RawPlace & { readonly key: Buffer | null };

const toChosen = ({ key, ...raw }: RawChosen): ChosenLetter => ({
  ...raw,
  ...toPlace(raw),
  ...keyOf(key),
});
const toPlace = ({ partition, offset }: RawPlace): LetterPlace => ({ partition, offset: Number(offset) });
/** Locked in one order, whoever locks. */
const ordered = <Place extends LetterPlace>(places: readonly Place[]): Place[] =>
  places.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);

/** The store of work on dead letters. */
export function letterWorkStore(db: Database): LetterWorkStore {
  return {
    async groups(filter, limit, scanMax) {
      const found = await db.query<LetterGroup & { sampleOffset: bigint; scanned: number }>(
        GROUPS,
        ...chosenBy(filter),
        scanMax + 1,
        limit,
      );
      const groups = found.map(({ scanned: _, ...group }) => ({
        ...group,
        sampleOffset: Number(group.sampleOffset),
      }));
      return { groups, isComplete: (found[0]?.scanned ?? 0) <= scanMax };
    },

    async choose(filter, limit) {
      const found = await db.query<RawChosen>(
        `SELECT ${CHOSEN} FROM orchestrator.dead_letters d WHERE ${WHERE_CHOSEN}
          ORDER BY d.partition, d.record_offset LIMIT $9::int`,
        ...chosenBy(filter),
        limit,
      );
      return found.map(toChosen);
    },

    async chooseThese(places) {
      const found = await db.query<RawChosen>(
        `SELECT ${CHOSEN} FROM ${PLACES.from('l')} JOIN orchestrator.dead_letters d ON ${AT_PLACE('d')}`,
        ...PLACES.values(places),
      );
      return ordered(found.map(toChosen));
    },

    async lastOffset() {
      const [last] = await db.query<{ offset: bigint }>(
        `SELECT record_offset AS "offset" FROM orchestrator.dead_letters ORDER BY partition DESC, record_offset DESC LIMIT 1`,
      );
      return Number(last?.offset ?? -1);
    },

    async readAll(places) {
      const found = await db.query<Parameters<typeof toSendable>[0]>(
        `SELECT ${SENDABLE} FROM ${PLACES.from('l')} JOIN orchestrator.dead_letters d ON ${AT_PLACE('d')}`,
        ...PLACES.values(places),
      );
      return found.map(toSendable);
    },

    edit: ({ partition, offset, sagaId, edits }, value, fields, by, now) =>
      db
        .transaction(async (sql) => {
          const known = await noted(sql, by, EDIT, { partition, offset });
          if (known !== null) return known;
          const entry = { ...by, sagaId, batchId: null, action: EDIT, revision: null };
          const params = { partition, offset, fields };
          const { createdAt } = await appendApplied(
            sql,
            { ...entry, params },
            'a corrected body is kept',
            now,
          );
          const written = await sql.execute(
            `UPDATE orchestrator.dead_letters SET edited_value = $3::bytea, edited_at = $4::timestamptz, edits = edits + 1
            WHERE partition = $1::int AND record_offset = $2::bigint AND edits = $5::int`,
            partition,
            offset,
            value,
            createdAt,
            edits,
          );
          // The entry goes with the transaction.
          if (written === 0) throw new Changed();
          return 'done' as const;
        })
        .catch(changed),

    discard: ({ partition, offset, sagaId }, by, now) =>
      db.transaction(async (sql) => {
        const known = await noted(sql, by, DISCARD, { partition, offset });
        if (known !== null) return known;
        const [open] = await sql.query(
          `SELECT 1 FROM orchestrator.dead_letters
            WHERE partition = $1::int AND record_offset = $2::bigint AND discarded_at IS NULL FOR UPDATE`,
          partition,
          offset,
        );
        if (open === undefined) return 'done' as const;
        const entry = { ...by, sagaId, batchId: null, action: DISCARD, revision: null };
        const { createdAt } = await appendApplied(
          sql,
          { ...entry, params: { partition, offset } },
          'discarded',
          now,
        );
        await sql.execute(
          `UPDATE orchestrator.dead_letters SET discarded_at = $3::timestamptz
            WHERE partition = $1::int AND record_offset = $2::bigint`,
          partition,
          offset,
          createdAt,
        );
        return 'done' as const;
      }),

    async claim(places, claim, forMs) {
      const taken = await db.query<RawPlace>(CLAIM, claim, forMs, ...PLACES.values(ordered(places)));
      return taken.map(toPlace);
    },

    async unclaim(places, claim) {
      await db.execute(
        `DELETE FROM orchestrator.dead_letter_claims c USING ${PLACES.from('l', 2)} WHERE ${AT_PLACE('c')} AND c.claim = $1::uuid`,
        claim,
        ...PLACES.values(places),
      );
    },

    async noteAllSent(places, batchId, at) {
      await db.execute(
        `UPDATE orchestrator.dead_letters d SET resent_at = $1::timestamptz, resent_batch = $2::uuid, discarded_at = NULL
           FROM ${PLACES.from('l', 3)} WHERE ${AT_PLACE('d')}`,
        at,
        batchId,
        ...PLACES.values(ordered(places)),
      );
    },

    async discardAll(places, at) {
      const done = await db.query<RawPlace>(
        `UPDATE orchestrator.dead_letters d SET discarded_at = $1::timestamptz
           FROM ${PLACES.from('l', 2)} WHERE ${AT_PLACE('d')} AND ${STATE_OF('d')} = 'open'
        RETURNING d.partition, d.record_offset AS "offset"`,
        at,
        ...PLACES.values(ordered(places)),
      );
      return done.map(toPlace);
    },

    async parkedAfter(letters) {
      const found = await db.query<RawPlace & { againPartition: number; againOffset: bigint }>(
        PARKED_AFTER,
        ...AFTER.values(letters),
      );
      return found.map((one) => ({
        of: toPlace(one),
        again: { partition: one.againPartition, offset: Number(one.againOffset) },
      }));
    },

    async sagasOf(ids) {
      const found = await db.query<SagaOfLetter & { id: string }>(
        `SELECT s.id::text, s.status, s.state, s.stuck IS NOT NULL AS stuck FROM orchestrator.sagas s
          WHERE s.id = ANY ($1::uuid[])`,
        ids,
      );
      return new Map(found.map(({ id, ...saga }) => [id, saga]));
    },
  };
}

/** Somebody corrected the letter first. */
class Changed extends Error {}

function changed(error: unknown): 'changed' {
  if (error instanceof Changed) return 'changed';
  throw error;
}

/** Whether a change was made before under its key, or its id; null: it was not. Waits for one that is being made. */
async function noted(
  sql: Sql,
  { id, actor, reason, idempotencyKey }: LetterChange,
  action: string,
  { partition, offset }: LetterPlace,
): Promise<'done' | 'mismatch' | null> {
  await lockAudit(sql);
  const earlier = await underKey(sql, actor, idempotencyKey);
  if (earlier === null) {
    const own = await sql.query('SELECT 1 FROM orchestrator.actions WHERE id = $1::uuid', id);
    return own.length > 0 ? 'done' : null;
  }
  // Not every entry is an action on a saga, as the row's type has it.
  const before: string = earlier.action;
  const isSame =
    before === action && earlier.params['partition'] === partition && earlier.params['offset'] === offset;
  return isSame && earlier.reason === reason ? 'done' : 'mismatch';
}
