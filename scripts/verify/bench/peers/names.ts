/** The programs that the comparison runs, by the names of `--only`, in the order in which they run. */

/** Ours, as `npm run bench -- orders` starts it. */
export const OURS = 'ours';

export const ARMS = ['dbos', 'dbos-steps', 'restate-calls', 'restate-inline', OURS] as const;

export type ArmName = (typeof ARMS)[number];

/** How each runs the six steps, for the report. */
export const DESCRIPTION: Readonly<Record<ArmName, string>> = {
  dbos: 'DBOS: a workflow of six transactions, each committed with its checkpoint',
  'dbos-steps': 'DBOS: a workflow of six steps, each an idempotent transaction, checkpointed after it',
  'restate-calls': 'Restate: a handler that calls six services, each an idempotent transaction',
  'restate-inline': 'Restate: a handler of six ctx.run steps, each an idempotent transaction',
  [OURS]: 'ours: API, engine and participants over Kafka',
};
