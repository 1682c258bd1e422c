/** Every accepted order has a saga, and the saga has ended or waits for something that can be named. */
import { byOrder } from '../invariant.ts';

export const everyOrderEnds = byOrder({
  name: 'every order ends',
  rule: 'an accepted order has one saga, which has ended or waits with a reason while someone checks after it',
  values: ({ limits }) => [limits.unstartedMs],
  broken: `
    SELECT o.id::text AS id, 'an order without a saga' AS what
      FROM orchestrator.orders o LEFT JOIN pg_temp.ledger_sagas s ON s.id = o.id WHERE s.id IS NULL
    UNION ALL
    SELECT s.id::text, why FROM (
      SELECT s.id, CASE
          WHEN s.currency IS NULL THEN 'a saga without an order'
          WHEN s.status IN ('completed', 'failed') AND (s.state <> s.status OR s.ended_at IS NULL)
            THEN format('%s in the state %s, ended %s', s.status, s.state, COALESCE(s.ended_at::text, 'never'))
          WHEN s.status IN ('completed', 'failed') THEN NULL
          WHEN s.ended_at IS NOT NULL THEN format('%s and ended at %s', s.status, s.ended_at)
          WHEN s.paused THEN NULL
          WHEN NOT s.watched THEN format('%s in %s, and no sweeper will ever check it again', s.status, s.state)
          WHEN s.version = 0 AND s.created_at < now() - $1::float8 * interval '1 ms'
            THEN format('taken up by no engine since %s', s.created_at)
          WHEN s.version > 0 AND NOT (s.stuck OR s.awaits OR s.timed)
            THEN format('%s in %s: no answer is awaited, no timer runs, and it is not stuck', s.status, s.state)
        END AS why
        FROM pg_temp.ledger_sagas s) s WHERE why IS NOT NULL`,
  counted: {
    orders: '(SELECT count(*) FROM orchestrator.orders)',
    completed: "count(*) FILTER (WHERE status = 'completed')",
    failed: "count(*) FILTER (WHERE status = 'failed')",
    moving: "count(*) FILTER (WHERE status IN ('running', 'compensating'))",
    unstarted: 'count(*) FILTER (WHERE version = 0)',
    stuck: 'count(*) FILTER (WHERE stuck)',
    paused: 'count(*) FILTER (WHERE paused)',
  },
  from: 'pg_temp.ledger_sagas',
});
