/** The parts of the shop's server. */
import type { Tokens } from '#platform/process/auth-tokens.ts';
import type { Logger } from '#platform/process/log.ts';
import type { Readiness } from '#platform/process/process.ts';

export interface ShopParts {
  /** Where browsers reach the shop itself, and the two APIs. */
  readonly origin: string;
  readonly orders: string;
  readonly coupons: string;
  /** Signs the tokens of this stack. */
  readonly secret: Uint8Array;
  readonly tokens: Tokens;
  readonly readiness: Readiness;
  readonly log: Logger;
}
