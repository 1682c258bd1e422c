-- Refunds from before the ledger of reversals: it holds all money that went back, so that every charge marked undone can be
-- compared with it. `seen_at` is the time of the refund: whatever the gateway answers now is newer.
INSERT INTO payment.reversals (saga_id, reversal_id, command_id, kind, amount, state, status, own, seen_at)
SELECT i.saga_id, i.refund_id, i.command_id, 'refund', i.amount, 'settled', 'succeeded', true, i.undone_at
  FROM payment.intents i
 WHERE i.undone_at IS NOT NULL AND i.refund_id IS NOT NULL AND i.gateway <> 'none'
   AND NOT EXISTS (SELECT FROM payment.reversals r WHERE r.saga_id = i.saga_id AND r.command_id = i.command_id)
ON CONFLICT (saga_id, reversal_id) DO NOTHING;
