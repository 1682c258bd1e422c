/** A message is accepted once: no saga's journal holds the same message id twice. */
import { byOrder } from '../invariant.ts';

export const journalMessages = byOrder({
  name: 'journal messages',
  rule: 'a message is taken once: one journal entry per message id',
  broken: `
    SELECT message_id AS id, format('taken %s times by %s', count(*), saga_id) AS what, saga_id
      FROM orchestrator.journal GROUP BY saga_id, message_id HAVING count(*) > 1`,
  order: 'saga_id',
  counted: {
    unmatched: 'count(*)',
  },
  from: 'orchestrator.unmatched',
});
