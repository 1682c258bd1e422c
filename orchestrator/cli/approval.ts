/** What every verb that changes something wants first: a reason, and a way to say yes. A look wants neither. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';

export interface Approval {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What the API is given as the reason of a look, which is kept nowhere. */
const LOOK = 'only a look';

/**
 * The reason to act for.
 * @throws CommandFailure `usage` when there is none, or when nobody can be asked and --yes was not given
 */
export function reasonToAct({ ask }: Pick<Context, 'ask'>, { reason, dryRun, yes }: Approval): string {
  if (dryRun) return reason ?? LOOK;
  if (reason === undefined) {
    throw new CommandFailure(EXIT.usage, 'Say why with --reason; only --dry-run needs none.');
  }
  if (!yes && ask === null) {
    throw new CommandFailure(
      EXIT.usage,
      'Without a terminal to ask on, give --yes to apply or --dry-run to look.',
    );
  }
  return reason;
}
