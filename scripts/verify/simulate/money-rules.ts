/** The rules of money that comes back: payment's ledger is the gateway's, and nothing is reported as returned before it is. */
import type { Finding } from '#protocol/contract.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { noticeId } from '#protocol/ids.ts';
import type { SimulatedGateway } from './simulated-gateway.ts';
import type { Snapshot } from './snapshot-rules.ts';

/** Every refund and dispute of an order is in both ledgers, to the cent and in the same state. */
export function reversalsAgree(id: string, { gateway, reversals }: Snapshot): string | null {
  const text = (all: ReadonlyArray<{ id: string; amount: number; state: string }>) =>
    all
      .map((one) => `${one.id} of ${one.amount} ${one.state}`)
      .sort()
      .join(', ');
  const [ours, theirs] = [
    text(reversals.filter(({ sagaId }) => sagaId === id)),
    text(gateway.find(({ orderId }) => orderId === id)?.reversals ?? []),
  ];
  return ours === theirs ? null : `payment has ${ours || 'nothing'}, the gateway ${theirs || 'nothing'}`;
}

/** No more of a charge goes back than was received, and all of it where it is undone. */
export function chargesComeBack(
  id: string,
  isVouchedFor: boolean,
  { intents, reversals }: Snapshot,
): string | null {
  for (const { commandId, amount, gateway, outcome, undoneAt } of intents) {
    if (!commandId.startsWith(`${id}/`) || gateway === 'none') continue;
    const mine = reversals.filter((one) => one.commandId === commandId && one.state !== 'failed');
    const gone = mine.reduce((sum, one) => sum + one.amount, 0);
    const settled = mine.reduce((sum, one) => sum + (one.state === 'settled' ? one.amount : 0), 0);
    if (gone > (outcome === 'charged' ? amount : 0)) return `${gone} went back of ${commandId}`;
    if (undoneAt !== null && settled < amount && !isVouchedFor)
      return `${commandId} is undone, and ${settled} of ${amount} is back`;
  }
  return null;
}

/** What others did with a charge that stands, and how it went on, is an incident, and its saga has taken it. */
export function othersAreSeen(
  id: string,
  { intents, reversals, incidents, journal }: Snapshot,
): string | null {
  const raised = incidents.filter(({ sagaId }) => sagaId === id);
  const named = new Set(raised.map((one) => one.id));
  const taken = new Set((journal.get(id) ?? []).map(({ messageId }) => messageId));
  const lost = raised.find((one) => !taken.has(noticeId(one.commandId, one.id)));
  if (lost !== undefined) return `the incident ${lost.id} reached no saga`;
  const unseen = reversals.find(({ id: reversalId, sagaId, commandId, kind, own, state, status }) => {
    if (sagaId !== id) return false;
    // Each state of a dispute has an incident, which ends with the gateway's word for it.
    const isShown = raised.some(
      (one) => one.id.endsWith(`-${reversalId}`) && one.text.endsWith(`: ${status}`),
    );
    if (kind === 'dispute') return !named.has(`charge-disputed-${reversalId}`) || !isShown;
    const stands = intents.some((one) => one.commandId === commandId && one.goal !== 'undo');
    if (own || !stands) return false;
    const isNamed = named.has(`refunded-elsewhere-${reversalId}`);
    return state === 'failed' ? isNamed && !named.has(`refund-elsewhere-failed-${reversalId}`) : !isNamed;
  });
  return unseen === undefined ? null : `the ${unseen.kind} ${unseen.id} of others has no incident`;
}

/** Judges a message before it is written: payment reports a refund as failed only after a refund of the order has failed. */
export function refusedTooSoon(gateway: SimulatedGateway, { value }: OutMessage): string | null {
  if (!value.includes('"type":"payment.refundRefused"')) return null;
  const { subject, data } = JSON.parse(value.toString()) as { subject: string; data: { code: string } };
  return data.code !== 'refund-failed' || gateway.hasFailedRefund(subject)
    ? null
    : `money, returned: a refund of ${subject} is reported as failed, and none has failed`;
}

/** Judges a message before it is written: payment reports a charge as undone only after all of it came back. */
export function reportedTooSoon(gateway: SimulatedGateway, { value }: OutMessage): string | null {
  if (!value.includes('"type":"payment.refunded"')) return null;
  const { data } = JSON.parse(value.toString()) as { data: { found: Readonly<Record<string, Finding>> } };
  const early = Object.entries(data.found).find(
    ([id, finding]) => finding === 'undone' && !gateway.wasReturned(id),
  );
  return early === undefined
    ? null
    : `money, returned: ${early[0]} is reported as undone, and it is not back`;
}
