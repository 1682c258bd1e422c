/** A message is accepted once: no saga's journal holds the same message id twice. */
import { inSql } from '../invariant.ts';

export const journalMessages = inSql({
  name: 'journal messages',
  rule: 'a message is taken once: one journal entry per message id',
  broken: `
    SELECT message_id AS id, format('taken %s times by %s', count(*), saga_id) AS what
      FROM orchestrator.journal GROUP BY saga_id, message_id HAVING count(*) > 1`,
  counted: {
    unmatched: 'count(*)',
  },
  from: 'orchestrator.unmatched',
});
