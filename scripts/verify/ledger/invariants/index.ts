/** Every invariant, in the order in which they are shown: one line each. */
import type { Invariant } from '../invariant.ts';
import { actionChain } from './action-chain.ts';
import { couponUses } from './coupon-uses.ts';
import { coupons } from './coupons.ts';
import { everyOrderEnds } from './every-order-ends.ts';
import { gatewayMoney } from './gateway-money.ts';
import { inboxAnswers } from './inbox-answers.ts';
import { journalMessages } from './journal-messages.ts';
import { journalSequence } from './journal-sequence.ts';
import { oneEffect } from './one-effect.ts';
import { oneMail } from './one-mail.ts';
import { ownMoney } from './own-money.ts';
import { redemptions } from './redemptions.ts';
import { reservations } from './reservations.ts';
import { shipments } from './shipments.ts';
import { stockLevels } from './stock-levels.ts';

export const INVARIANTS: readonly Invariant[] = [
  everyOrderEnds,
  ownMoney,
  gatewayMoney,
  stockLevels,
  reservations,
  shipments,
  coupons,
  redemptions,
  couponUses,
  journalSequence,
  journalMessages,
  inboxAnswers,
  oneEffect,
  oneMail,
  actionChain,
];
