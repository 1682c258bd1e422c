/** Every invariant, in the order in which they are shown: the auditor's, and those that need the gateway simulator's ledger. */
import type { Invariant } from '#auditor/invariant.ts';
import { MONEY_INVARIANTS, OTHER_INVARIANTS } from '#auditor/invariants/index.ts';
import type { LedgerSnapshot } from '../ledger-snapshot.ts';
import { gatewayMoney } from './gateway-money.ts';
import { gatewayReversals } from './gateway-reversals.ts';

export const INVARIANTS: ReadonlyArray<Invariant<LedgerSnapshot>> = [
  ...MONEY_INVARIANTS,
  gatewayMoney,
  gatewayReversals,
  ...OTHER_INVARIANTS,
];
