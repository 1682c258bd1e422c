/** Each command a saga issued is in one inbox, once, and has one answer. */
import { byOrder } from '../invariant.ts';
import { INBOXES } from './inboxes.ts';

export const inboxAnswers = byOrder({
  name: 'inboxes',
  rule: 'every command of an ended order is answered or a tombstone, once, and no inbox holds a command that was not issued',
  broken: `
    WITH inbox AS NOT MATERIALIZED (${INBOXES}),
    taken AS (
      SELECT saga_id, count(*) AS rows, count(*) FILTER (WHERE state = 'open') AS open FROM inbox GROUP BY saga_id)
    SELECT id::text, why AS what, id AS saga_id FROM (
      SELECT COALESCE(s.id, t.saga_id) AS id, CASE
          WHEN s.id IS NULL THEN 'commands of no saga'
          WHEN t.rows > s.issued THEN format('%s commands issued, %s in inboxes', s.issued, t.rows)
          WHEN NOT s.quiet THEN NULL
          WHEN t.open > 0 THEN format('%s, and %s command(s) are still open', s.status, t.open)
          WHEN COALESCE(t.rows, 0) <> s.issued
            THEN format('%s; %s commands issued, %s in inboxes', s.status, s.issued, COALESCE(t.rows, 0))
        END AS why
        FROM pg_temp.ledger_sagas s FULL JOIN taken t ON t.saga_id = s.id) judged
     WHERE why IS NOT NULL
    UNION ALL
    SELECT command_id, format('%s rows in the inbox of %s', count(*), owner), saga_id
      FROM inbox GROUP BY owner, saga_id, command_id HAVING count(*) > 1
    UNION ALL
    SELECT command_id, format('%s: %s', state, CASE WHEN reply IS NULL THEN 'no reply' ELSE 'a reply of another command' END), saga_id
      FROM inbox
     WHERE CASE state WHEN 'answered' THEN reply IS NULL OR answered_at IS NULL OR reply ->> 'commandid' <> command_id
                      ELSE reply IS NOT NULL END`,
  order: 'saga_id',
  counted: {
    answered: "count(*) FILTER (WHERE state = 'answered')",
    open: "count(*) FILTER (WHERE state = 'open')",
    tombstone: "count(*) FILTER (WHERE state = 'tombstone')",
  },
  from: `(${INBOXES}) inbox`,
});
