/**
 * The ledger's invariants on a snapshot in memory, once a run has settled: the rules of
 * `auditor/invariants`, under the same names. On PostgreSQL the ledger itself judges.
 */
import type { Registered } from '#engine/definition/definition.ts';
import type { Birth } from '#orchestrator/store/intake-store.ts';
import type { StoredSaga } from '#orchestrator/store/testing/memory-store.ts';
import { commandTypeOf } from '#protocol/ids.ts';
import { couponUsesFitReplies, holdsItsCoupon } from './coupon-rules.ts';
import { DELAYS } from './definition.ts';
import { actsOnWhatWasSeen, chainHolds, timesOutInTime } from './journal-rules.ts';
import { chargesComeBack, othersAreSeen, reversalsAgree } from './money-rules.ts';
import {
  answersFit,
  effectsFitReplies,
  type Snapshot,
  stockIsRight,
  tombstonesStand,
} from './snapshot-rules.ts';

/** An order with all that concerns it. */
interface Case {
  readonly id: string;
  readonly saga: StoredSaga;
  readonly order: Birth;
  /** The amount due in the end. */
  readonly due: number;
  /** A person vouched for a step: the order is not held to its final snapshot. */
  readonly isVouchedFor: boolean;
  readonly snapshot: Snapshot;
}

type Rule = (one: Case) => string | null;

/** The violations, one line each. */
export function judgeSnapshot(snapshot: Snapshot, definition: Registered): string[] {
  const wrong: string[] = [];
  for (const [id, order] of snapshot.orders) {
    const saga = snapshot.sagas.get(id);
    if (saga === undefined) {
      wrong.push(`every order ends: ${id}: an order without a saga`);
      continue;
    }
    const discount = Number(saga.row.context['discount'] ?? 0);
    const skipped = Object.keys(saga.row.pending.skipped ?? {});
    const isVouchedFor = skipped.some((one) => commandTypeOf(one, id) !== null);
    const one = { id, saga, order, due: Math.max(0, order.amount - discount), isVouchedFor, snapshot };
    const rules = isVouchedFor ? RULES : { ...RULES, ...FINAL_RULES };
    for (const [name, rule] of Object.entries(rules)) {
      const violation = rule(one);
      if (violation !== null) wrong.push(`${name}: ${id}: ${violation}`);
    }
  }
  return [
    ...wrong,
    ...stockIsRight(snapshot),
    ...effectsFitReplies(snapshot),
    ...couponUsesFitReplies(snapshot),
    ...answersFit(snapshot, definition),
    ...tombstonesStand(snapshot),
  ];
}

const RULES: Readonly<Record<string, Rule>> = {
  'every order ends': ({ saga: { row } }) => {
    if (row.status !== 'completed' && row.status !== 'failed') return `${row.status} in ${row.state}`;
    if (row.state !== row.status || row.endedAt === null) return `${row.status} in the state ${row.state}`;
    return row.stuck === null ? null : `stuck: ${row.stuck.code}`;
  },

  'journal sequence': ({ id, saga: { row }, snapshot }) => {
    const entries = snapshot.journal.get(id) ?? [];
    if (entries.length !== row.version) return `${entries.length} entries for version ${row.version}`;
    const gap = entries.find(
      ({ version, fromState }, i) => version !== i + 1 || (i > 0 && fromState !== entries[i - 1]?.toState),
    );
    if (gap !== undefined) return `entry ${gap.version} does not follow the one before`;
    return entries.at(-1)?.toState === row.state ? null : `the journal ends elsewhere than in ${row.state}`;
  },

  'journal messages': ({ id, snapshot }) => {
    const ids = (snapshot.journal.get(id) ?? []).map(({ messageId }) => messageId);
    return new Set(ids).size === ids.length ? null : 'a message was taken twice';
  },

  'journal chain': ({ id, saga: { row }, snapshot }) => chainHolds(row, snapshot.journal.get(id) ?? []),

  actions: ({ id, snapshot }) => actsOnWhatWasSeen(snapshot.journal.get(id) ?? []),

  'time-outs': ({ id, snapshot }) => timesOutInTime(snapshot.journal.get(id) ?? [], DELAYS),

  inboxes: ({ id, saga: { row }, snapshot }) => {
    const known = snapshot.inboxes.filter(({ sagaId }) => sagaId === id);
    const unsent = Object.values(row.pending.givenUp).filter((given) => given.unsent).length;
    const issued = Object.values(row.pending.issued).reduce((sum, n) => sum + n, 0) - unsent;
    if (known.some(({ state }) => state === 'open')) return 'a command is still open';
    const unknown = [...snapshot.lost].filter(
      (lost) => lost.startsWith(id) && known.every(({ commandId }) => commandId !== lost),
    );
    return known.length + unknown.length === issued
      ? null
      : `${issued} commands issued, ${known.length} known to inboxes`;
  },

  reversals: ({ id, snapshot }) => reversalsAgree(id, snapshot),

  'money, returned': ({ id, isVouchedFor, snapshot }) => chargesComeBack(id, isVouchedFor, snapshot),

  'money, incidents': ({ id, snapshot }) => othersAreSeen(id, snapshot),

  // A person who vouched for a step vouches for its undo too: no participant can.
  evidence: ({ saga: { row } }) => {
    const { skipped = {}, issued } = row.pending;
    const isUndone = (undo: string) => Object.keys(skipped).some((id) => id.includes(`/${undo}`));
    const owed = Object.keys(skipped).flatMap((id) => {
      const undo = UNDOS[commandTypeOf(id, row.id) ?? ''];
      return undo !== undefined && (issued[undo] ?? 0) > 0 && !isUndone(undo) ? [id] : [];
    });
    return row.status !== 'failed' || owed.length === 0
      ? null
      : `${owed} was skipped, and its undo has no evidence`;
  },

  'e-mails': ({ id, saga: { row }, snapshot }) => {
    const about = snapshot.mails.filter(({ orderId }) => orderId === id).map(({ eventId }) => eventId);
    return about.join() === `${id}/order.${row.status}`
      ? null
      : `${row.status}, and e-mails: ${about.join()}`;
  },
};

/** The undo of each step that a person may skip. */
const UNDOS: Readonly<Record<string, string>> = {
  'inventory.reserve': 'inventory.release',
  'inventory.confirm': 'inventory.release',
  'coupon.redeem': 'coupon.restore',
  'payment.charge': 'payment.refund',
  'shipping.prepare': 'shipping.cancel',
};

/** The final state of an order's effects. */
const FINAL_RULES: Readonly<Record<string, Rule>> = {
  'money, own records': ({ id, saga: { row }, due, snapshot }) => {
    const intents = snapshot.intents.filter(({ sagaId }) => sagaId === id);
    if (intents.some(({ outcome }) => outcome === 'open')) return 'the outcome of a charge is unknown';
    const held = intents.filter(({ outcome, undoneAt }) => outcome === 'charged' && undoneAt === null);
    return moneyOf(
      row.status,
      held.reduce((sum, { amount }) => sum + amount, 0),
      due,
    );
  },

  'money, gateway': ({ id, saga: { row }, due, snapshot }) => {
    // A person has seen what others did with it; `reversals` holds both ledgers to the same sums.
    if (row.pending.skipped !== undefined) return null;
    const line = snapshot.gateway.find(({ orderId }) => orderId === id);
    const held = (line?.charged ?? 0) - (line?.refunded ?? 0);
    return moneyOf(row.status, held, due);
  },

  reservations: ({ id, saga: { row }, snapshot }) => {
    const mine = snapshot.reservations.filter(({ sagaId, state }) => sagaId === id && state !== 'released');
    const states = mine.map(({ state }) => state).join(', ');
    if (row.status === 'failed') return states === '' ? null : `failed, and holds ${states}`;
    return states === 'confirmed' ? null : `completed with ${states || 'nothing'}`;
  },

  shipments: ({ id, saga: { row }, snapshot }) => {
    const live = snapshot.shipments.filter(
      ({ sagaId, state }) => sagaId === id && state !== 'cancelled',
    ).length;
    return live === (row.status === 'completed' ? 1 : 0) ? null : `${row.status} with ${live} shipment(s)`;
  },

  redemptions: ({ saga: { row }, order, snapshot }) => holdsItsCoupon(row, order, snapshot.coupons),
};

function moneyOf(status: string, held: number, due: number): string | null {
  const wanted = status === 'completed' ? due : 0;
  return held === wanted ? null : `${status}, and holds ${held} of ${wanted}`;
}
