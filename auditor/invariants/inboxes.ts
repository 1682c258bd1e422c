/** The participants' inboxes as one relation, for the rules that hold in every one of them. */
import { CONTRACTS } from '#participants/registry.ts';

/** A query: every inbox row with the name of its participant. */
export const INBOXES = CONTRACTS.map(
  ({ name }) =>
    `SELECT '${name}' AS owner, saga_id, command_id, type, state, reply, answered_at FROM ${name}.inbox`,
).join(' UNION ALL ');
