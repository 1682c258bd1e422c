/** The journal holds every transition of a saga, without a gap, from its first to its present state. */
import { byOrder } from '../invariant.ts';

export const journalSequence = byOrder({
  name: 'journal sequence',
  rule: 'a saga’s journal runs 1, 2, … to its version, each entry beginning in the state the one before it reached',
  // A message that had to be parked checkpoints its saga from outside: the version rises without an entry of the journal.
  broken: `
    WITH steps AS (
      SELECT saga_id, version, from_state, to_state,
             lag(version, 1, 0) OVER w AS version_before, lag(to_state) OVER w AS state_before,
             lead(version) OVER w IS NULL AS is_last
        FROM orchestrator.journal WINDOW w AS (PARTITION BY saga_id ORDER BY version)),
    journals AS (
      SELECT saga_id, count(*) AS entries, count(*) FILTER (WHERE version <> version_before + 1) AS gaps,
             count(*) FILTER (WHERE version <= version_before) AS repeats,
             count(*) FILTER (WHERE from_state <> state_before) AS jumps,
             max(version) AS version, max(to_state) FILTER (WHERE is_last) AS state
        FROM steps GROUP BY saga_id),
    parked AS (SELECT DISTINCT saga_id FROM orchestrator.dead_letters WHERE parked_by = 'orchestrator')
    SELECT id::text, why AS what FROM (
      SELECT COALESCE(s.id, t.saga_id) AS id, CASE
          WHEN s.id IS NULL THEN 'a journal of no saga'
          WHEN t.repeats > 0 THEN format('%s version(s) recorded twice', t.repeats)
          WHEN t.jumps > 0 THEN format('%s of %s entries begin elsewhere than the one before ended', t.jumps, t.entries)
          WHEN t.version > s.version THEN format('the journal holds version %s, the saga is at %s', t.version, s.version)
          WHEN COALESCE(t.state, 'created') <> s.state THEN format('the journal ends in %s, the saga is in %s', t.state, s.state)
          WHEN (t.gaps > 0 OR COALESCE(t.version, 0) <> s.version) AND NOT s.parked AND k.saga_id IS NULL
            THEN format('%s entries for version %s', COALESCE(t.entries, 0), s.version)
        END AS why
        FROM pg_temp.ledger_sagas s FULL JOIN journals t ON t.saga_id = s.id LEFT JOIN parked k ON k.saga_id = s.id) judged
     WHERE why IS NOT NULL`,
  counted: {
    entries: 'count(*)',
  },
  from: 'orchestrator.journal',
});
