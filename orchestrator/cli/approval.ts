/** The approval that every changing verb requires: a reason, and --yes or a terminal to ask on. A dry run requires neither. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';

export interface Approval {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** The API requires a reason, though it does not store that of a dry run. */
const DRY_RUN_REASON = 'a dry run';

/**
 * Returns the reason of an action.
 * @throws CommandFailure `usage` without a reason, or without both --yes and a terminal to ask on
 */
export function reasonToAct({ ask }: Pick<Context, 'ask'>, { reason, dryRun, yes }: Approval): string {
  if (dryRun) return reason ?? DRY_RUN_REASON;
  if (reason === undefined) {
    throw new CommandFailure(EXIT.usage, 'Give --reason; only --dry-run needs none.');
  }
  if (!yes && ask === null) {
    throw new CommandFailure(
      EXIT.usage,
      'Without a terminal to ask on, give --yes to apply or --dry-run to preview.',
    );
  }
  return reason;
}
