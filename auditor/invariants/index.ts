/** Every invariant of the database, in the order in which they are shown: one line each. */
import type { OrderInvariant, WholeInvariant } from '../invariant.ts';
import { actionChain } from './action-chain.ts';
import { couponUses } from './coupon-uses.ts';
import { coupons } from './coupons.ts';
import { everyOrderEnds } from './every-order-ends.ts';
import { inboxAnswers } from './inbox-answers.ts';
import { journalChain } from './journal-chain.ts';
import { journalMessages } from './journal-messages.ts';
import { journalSequence } from './journal-sequence.ts';
import { moneyIncidents } from './money-incidents.ts';
import { oneEffect } from './one-effect.ts';
import { oneMail } from './one-mail.ts';
import { ownMoney } from './own-money.ts';
import { ownReversals } from './own-reversals.ts';
import { redemptions } from './redemptions.ts';
import { reservations } from './reservations.ts';
import { shipments } from './shipments.ts';
import { stockLevels } from './stock-levels.ts';

/** Those about an order and its money. */
export const MONEY_INVARIANTS: readonly OrderInvariant[] = [
  everyOrderEnds,
  ownMoney,
  ownReversals,
  moneyIncidents,
];

export const OTHER_INVARIANTS: ReadonlyArray<OrderInvariant | WholeInvariant> = [
  stockLevels,
  reservations,
  shipments,
  coupons,
  redemptions,
  couponUses,
  journalSequence,
  journalMessages,
  journalChain,
  inboxAnswers,
  oneEffect,
  oneMail,
  actionChain,
];

export const INVARIANTS: ReadonlyArray<OrderInvariant | WholeInvariant> = [
  ...MONEY_INVARIANTS,
  ...OTHER_INVARIANTS,
];
