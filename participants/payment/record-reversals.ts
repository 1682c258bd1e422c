/** Writes what a worker or an inspection saw of a charge's money into the ledger, with the incidents of it. */
import type { IntentKey } from './intent.ts';
import {
  type Change,
  incidentsOf,
  type Money,
  type NewIncident,
  refundOverdue,
  refundReversed,
  sumsOf,
} from './reversal.ts';
import type { PaymentStore } from './store.ts';

/** The money that a worker saw while it took a charge back. */
export interface SeenOnUndo extends IntentKey {
  readonly amount: number;
  readonly currency: string;
  readonly money: Money;
  readonly readAt: Date;
}

/** Records the money of charges that are being taken back. */
export async function recordUndone(
  store: PaymentStore,
  seen: readonly SeenOnUndo[],
  now: Date,
): Promise<void> {
  const charges = new Map(seen.map((one) => [one.commandId, one]));
  const changes = await store.writeReversals(
    seen.map(({ sagaId, commandId, money, readAt }) => ({
      sagaId,
      commandId,
      reversals: money.reversals,
      at: readAt,
    })),
  );
  const incidents = changes.flatMap((change) => {
    const charge = charges.get(change.commandId);
    return charge === undefined ? [] : incidentsOf(change, { ...charge, isTakenBack: true });
  });
  await store.insertIncidents(incidents, now);
}

/**
 * Reopens the charges that a worker found all back and that, by a later answer of the gateway, are not: a refund has failed
 * between the two. Their undo is refused, not answered as done. Their rows must be locked.
 */
export async function reopenFailed(store: PaymentStore, seen: readonly SeenOnUndo[]): Promise<void> {
  const settled = await store.settledOf(seen);
  for (const { sagaId, commandId, money } of seen) {
    const back = settled.get(commandId) ?? 0;
    if (back >= money.received) continue;
    const text = `a refund failed right after it was made: ${back} of ${money.received} (minor units) is back`;
    await store.reopenRefund({ sagaId, commandId }, { code: 'refund-failed', text });
  }
}

/** Records the money of intents that are postponed, and finds the refunds that are pending for too long. */
export async function recordPending(
  store: PaymentStore,
  batch: ReadonlyArray<Omit<SeenOnUndo, 'money'> & { readonly money?: Money }>,
  now: Date,
): Promise<void> {
  const seen = batch.flatMap(({ money, ...rest }) => (money === undefined ? [] : [{ ...rest, money }]));
  if (seen.length === 0) return;
  await recordUndone(store, seen, now);
  const overdue = seen.filter(({ money }) => refundOverdue('', '', money, now.getTime()) !== null);
  if (overdue.length === 0) return;
  const waiting = await store.lockWaitingUndos(overdue.map(({ sagaId }) => sagaId));
  const incidents = waiting.flatMap(({ sagaId, commandId }) => {
    const money = overdue.find((one) => one.sagaId === sagaId)?.money;
    return (money && refundOverdue(sagaId, commandId, money, now.getTime())) ?? [];
  });
  await store.insertIncidents(incidents, now);
}

/**
 * Records what an inspection at the gateway found of one charge. A refund that was answered as done and failed since reopens the
 * charge. Wakes the charge's undo where it waits.
 * @returns whether the charge is known
 */
export async function recordInspection(
  store: PaymentStore,
  key: IntentKey,
  money: Money,
  { readAt, now }: { readAt: Date; now: Date },
): Promise<boolean> {
  const charge = await store.lockCharge(key);
  if (charge === null) return false;
  const isTakenBack = charge.goal === 'undo';
  const changes = await store.writeReversals([{ ...key, reversals: money.reversals, at: readAt }]);
  const incidents: NewIncident[] = changes.flatMap((change) =>
    incidentsOf(change, { ...charge, isTakenBack }),
  );
  const failed = changes.find(({ reversal: { kind, state } }) => kind === 'refund' && state === 'failed');
  if (charge.undone && failed !== undefined && sumsOf(money).settled < money.received)
    incidents.push(...(await reopen(store, key, failed)));
  await store.insertIncidents(incidents, now);
  if (isTakenBack && !charge.undone) await store.wakeIntents([key.sagaId], now);
  return true;
}

async function reopen(store: PaymentStore, key: IntentKey, { reversal }: Change): Promise<NewIncident[]> {
  const refusal = { code: 'refund-failed', text: `${reversal.id}: ${reversal.status}` };
  const refund = await store.reopenRefund(key, refusal);
  return refund === null ? [] : [refundReversed(key, refund, reversal)];
}
