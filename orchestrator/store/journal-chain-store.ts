/** Reads sagas' journals to verify their hash chains: page by page, the documents as the texts that are stored. */
import type { ChainHead, StoredLink, Vouched } from '#engine/verify-journal.ts';
import type { Database } from '#platform/postgres/database.ts';
import { probe } from '#platform/postgres/probe.ts';

/** The most entries of a saga that are verified: a saga moves some ten times. */
export const ENTRIES_MAX = 1_000;

const LOWEST = '00000000-0000-0000-0000-000000000000';
const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Selects sagas, by id and so by creation; null: any. */
export interface ChainRange {
  readonly sagaId: string | null;
  /** Sagas after this one: the cursor. */
  readonly after: string | null;
  /** Ids from this one on. */
  readonly from: string | null;
  /** Ids below this one. */
  readonly until: string | null;
  readonly limit: number;
}

/** A saga's journal, as far as its chain goes. */
export interface StoredChain {
  readonly head: ChainHead;
  /** By version. */
  readonly links: readonly StoredLink[];
  /** It has more than `ENTRIES_MAX` entries: only these were read. */
  readonly isCut: boolean;
}

export interface JournalChainStore {
  /** The next sagas of a range, by id, each with its journal as of one moment. */
  chains(range: ChainRange): Promise<StoredChain[]>;
  /** What the audit vouches for of erased entries, by saga. */
  vouched(chains: readonly StoredChain[]): Promise<ReadonlyMap<string, Vouched>>;
}

/** One statement, and so one moment: a saga that moves meanwhile is read before its move or after it. */
const READ = `
WITH s AS MATERIALIZED (
  SELECT s.id, s.version, s.journal_hash, s.journal_salt FROM orchestrator.sagas s
   WHERE s.id > $1::uuid AND s.id >= $2::uuid AND s.id < $3::uuid ORDER BY s.id LIMIT $4::int)
SELECT s.id::text AS "sagaId", s.version AS "sagaVersion", encode(s.journal_hash, 'hex') AS "sagaHash",
       s.journal_salt::text AS "sagaSalt",
       j.version, j.message_id AS "messageId", j.at, j.type, j.from_state AS "fromState", j.to_state AS "toState",
       j.origin_topic AS "originTopic", j.origin_partition AS "originPartition", j.origin_offset AS "originOffset",
       encode(j.hash, 'hex') AS hash, j.erased_by::text AS "erasedBy", encode(j.erased_content, 'hex') AS "erasedContent",
       j.message::text AS message, j.change::text AS change, j."out"::text AS "out"
  FROM s LEFT JOIN LATERAL (
    SELECT j.* FROM orchestrator.journal j WHERE ${probe('j.saga_id', 's.id')} ORDER BY j.version, j.message_id LIMIT ${ENTRIES_MAX + 1}) j ON true
 ORDER BY s.id, j.version, j.message_id`;

const READ_VOUCHED = `
SELECT a.id::text AS "erasureId", e.key AS "sagaId", e.value AS digest
  FROM orchestrator.actions a, json_each_text(a.params -> 'journals') e
 WHERE a.id = ANY ($1::uuid[]) AND a.action = 'erase-customer' AND e.key = ANY ($2::text[])`;

const READ_WAITING = `
SELECT action_id::text AS "erasureId" FROM orchestrator.erasures WHERE action_id = ANY ($1::uuid[]) AND state = 'waiting'`;

interface Raw {
  readonly sagaId: string;
  readonly sagaVersion: number;
  readonly sagaHash: string | null;
  readonly sagaSalt: string | null;
  /** Null: the saga has no journal. */
  readonly version: number | null;
  readonly messageId: string;
  readonly at: Date;
  readonly type: string;
  readonly fromState: string;
  readonly toState: string;
  readonly originTopic: string;
  readonly originPartition: number;
  readonly originOffset: bigint;
  readonly hash: string | null;
  readonly erasedBy: string | null;
  readonly erasedContent: string | null;
  readonly message: string;
  readonly change: string;
  readonly out: string;
}

/** The store of the chains. It only reads. */
export function journalChainStore(db: Database): JournalChainStore {
  return {
    async chains({ sagaId, after, from, until, limit }) {
      const [low, high] = [from ?? LOWEST, until ?? HIGHEST];
      const rows =
        sagaId === null
          ? await db.query<Raw>(READ, after ?? LOWEST, low, high, limit)
          : await db.query<Raw>(READ_ONE, sagaId);
      return [...Map.groupBy(rows, (row) => row.sagaId).values()].map(chainOf);
    },

    async vouched(chains) {
      const erased = chains.flatMap(({ head, links }) =>
        links.flatMap((link) => (link.erased === null ? [] : [{ sagaId: head.sagaId, by: link.erased.by }])),
      );
      const result = new Map<string, Map<string, string>>();
      if (erased.length === 0) return result;
      const by = [...new Set(erased.map((one) => one.by))];
      const ids = [...new Set(erased.map(({ sagaId }) => sagaId))];
      const waiting = await db.query<{ erasureId: string }>(READ_WAITING, by);
      const ended = await db.query<{ erasureId: string; sagaId: string; digest: string }>(
        READ_VOUCHED,
        by,
        ids,
      );
      const put = (sagaId: string, erasureId: string, digest: string) =>
        result.set(sagaId, (result.get(sagaId) ?? new Map()).set(erasureId, digest));
      for (const { erasureId } of waiting) for (const id of ids) put(id, erasureId, 'waiting');
      for (const { sagaId, erasureId, digest } of ended) put(sagaId, erasureId, digest);
      return result;
    },
  };
}

const READ_ONE = READ.replace(/ORDER BY s.id LIMIT \$4::int/, '').replace(
  's.id > $1::uuid AND s.id >= $2::uuid AND s.id < $3::uuid',
  's.id = $1::uuid',
);

function chainOf(rows: readonly Raw[]): StoredChain {
  const [first] = rows;
  if (first === undefined) throw new Error('a group has a row');
  const links = rows.filter(({ version }) => version !== null).map(linkOf);
  return {
    head: { sagaId: first.sagaId, version: first.sagaVersion, hash: first.sagaHash, salt: first.sagaSalt },
    links: links.slice(0, ENTRIES_MAX),
    isCut: links.length > ENTRIES_MAX,
  };
}

function linkOf(raw: Raw): StoredLink {
  const { sagaId, messageId, version, at, type, fromState, toState, hash, message, change, out } = raw;
  const { originTopic: topic, originPartition: partition, originOffset, erasedBy, erasedContent } = raw;
  return {
    ...{ sagaId, messageId, version: version ?? 0, at, type, fromState, toState, hash },
    origin: { topic, partition, offset: Number(originOffset) },
    texts: { message, change, out },
    erased: erasedBy === null ? null : { by: erasedBy, content: erasedContent ?? '' },
  };
}
