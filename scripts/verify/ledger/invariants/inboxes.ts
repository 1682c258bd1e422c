/** The participants' inboxes as one relation, for the rules that hold in every one of them. */

const OWNERS = ['inventory', 'payment', 'shipping', 'coupon'] as const;

/** A query: every inbox row with the name of the participant it belongs to. */
export const INBOXES = OWNERS.map(
  (owner) =>
    `SELECT '${owner}' AS owner, saga_id, command_id, type, state, reply, answered_at FROM ${owner}.inbox`,
).join(' UNION ALL ');
