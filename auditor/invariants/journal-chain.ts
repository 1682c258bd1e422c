/**
 * The journal's hash chain, saga by saga. The hashes are computed by PostgreSQL: the code that wrote them could only confirm
 * itself. An erased entry's documents are those that the audit vouches for, which `saga audit verify --journals` checks.
 */
import { byOrder } from '../invariant.ts';

export const journalChain = byOrder({
  name: 'journal chain',
  rule: 'each chained entry of a journal bears the hash of its columns and of the entry before it, and the saga that of its newest',
  // A version that is there twice has an order too: each check must find the same faults.
  // As `linkHash` and `contentDigest` of the engine's journal-chain.ts put the texts together.
  broken: `
    WITH links AS (
      SELECT j.saga_id, j.version, j.message_id, j.hash, lag(j.version) OVER w AS version_before,
             substr(sha256(convert_to(concat_ws(E'\\n', COALESCE(encode(lag(j.hash) OVER w, 'hex'), ''),
               encode(COALESCE(j.erased_content, sha256(convert_to(concat_ws(E'\\n', s.journal_salt, j.message::text, j.change::text,
                 j."out"::text), 'UTF8'))), 'hex'),
               j.saga_id, j.version, (date_part('epoch', j.at) * 1000)::bigint, to_json(j.message_id), to_json(j.type), j.from_state,
               j.to_state, to_json(j.origin_topic), j.origin_partition, j.origin_offset), 'UTF8')), 1, 16) AS computed
        FROM orchestrator.journal j JOIN pg_temp.ledger_sagas s ON s.id = j.saga_id
       WHERE j.hash IS NOT NULL WINDOW w AS (PARTITION BY j.saga_id ORDER BY j.version, j.message_id)),
    newest AS (SELECT DISTINCT ON (saga_id) saga_id, hash FROM links ORDER BY saga_id, version DESC, message_id DESC)
    SELECT saga_id::text AS id, format('entry %s was changed, or is not the next one after entry %s', version,
             COALESCE(version_before, 0)) AS what
      FROM links WHERE hash <> computed
    UNION ALL
    SELECT COALESCE(s.id, n.saga_id)::text, 'the saga does not bear the hash of its newest entry'
      FROM pg_temp.ledger_sagas s FULL JOIN newest n ON n.saga_id = s.id WHERE n.hash IS DISTINCT FROM s.journal_hash`,
  counted: { chained: 'count(hash)', erased: 'count(erased_by)' },
  from: 'orchestrator.journal',
});
