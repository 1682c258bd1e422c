/** The data of the ledger's judgement: the auditor's snapshot, and the gateway simulator's ledger from before it. */
import { LIMITS, type Limits, type Snapshot } from '#auditor/invariant.ts';

/** The auditor's bounds, and those of what the gateway's ledger is compared with, ms. */
export interface LedgerLimits extends Limits {
  /** A clock may run this far behind the database's: later ends are not compared with the gateway's ledger. */
  readonly clockMs: number;
  /** A change at the gateway that payment has not seen; webhooks bring it in seconds, the daily comparison at the latest. */
  readonly unseenMs: number;
}

export const LEDGER_LIMITS: LedgerLimits = { ...LIMITS, clockMs: 1_000, unseenMs: 25 * 3_600_000 };

export interface LedgerSnapshot extends Snapshot {
  readonly limits: LedgerLimits;
  /** When the read of the gateway's ledger began, by the database's clock; null: no gateway simulator runs. */
  readonly gatewayReadAt: string | null;
}
