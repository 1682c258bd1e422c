/** Shipping's handlers: prepare a shipment to a served country, cancel it until it leaves. */

import type { Finding, ReplyOf } from '#protocol/contract.ts';
import { type Command, defineParticipant, findings } from '#runtime/participant.ts';
import { type ShippingContract, shipping } from './contract.ts';
import { served } from './countries.ts';
import { type Shipment, type ShippingStore, shipmentId } from './store.ts';

export const shippingParticipant = defineParticipant(shipping)<ShippingStore>({
  'shipping.prepare': async (commands, { store, now }) => {
    const accepted = commands.filter(({ data }) => served(data.address.country));
    await store.insertShipments(
      accepted.map(({ id, sagaId, data }) => ({ id: shipmentId(sagaId), sagaId, commandId: id, ...data })),
      now,
    );
    return commands.map(({ sagaId, data }) =>
      served(data.address.country)
        ? { type: 'shipping.prepared', data: { shipmentId: shipmentId(sagaId) } }
        : {
            type: 'shipping.refused',
            data: { code: 'country-not-served', text: `We do not ship to ${data.address.country}.` },
          },
    );
  },

  'shipping.cancel': async (commands, { store, now }) => {
    const shipments = await store.lockShipments(commands.map(({ sagaId }) => sagaId));
    const replies = commands.map((command) => cancel(command, shipments.get(command.sagaId) ?? []));
    const undone = replies.flatMap((reply, i) =>
      reply.type === 'shipping.cancelled' && Object.values(reply.data.found).includes('undone')
        ? (commands[i] ?? [])
        : [],
    );
    await store.cancelShipments(
      undone.map(({ sagaId }) => sagaId),
      now,
    );
    return replies;
  },

  'shipping.revoke': async (commands) =>
    commands.map((command) => ({ type: 'shipping.revoked', data: { found: findings(command, shipping) } })),
});

/** The reply to an undo, by the order's locked shipments. */
export function cancel(
  command: Command,
  shipments: readonly Shipment[],
): ReplyOf<ShippingContract, 'shipping.cancel'> {
  const found: Record<string, Finding> = {};
  for (const [commandId, finding] of Object.entries(findings(command, shipping))) {
    found[commandId] = finding;
    if (finding !== 'done') continue;
    const shipment = shipments.find((one) => one.commandId === commandId);
    if (shipment === undefined) {
      return {
        type: 'shipping.cancelRefused',
        data: { code: 'shipment-missing', text: `${commandId} has left no row.` },
      };
    }
    if (shipment.state === 'handed-over') {
      return {
        type: 'shipping.cancelRefused',
        data: { code: 'handed-over', text: 'The parcel has left the warehouse.' },
      };
    }
    found[commandId] = 'undone';
  }
  return { type: 'shipping.cancelled', data: { found } };
}
