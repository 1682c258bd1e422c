/** The gateway `none`: approves in process, for benchmarks of the orchestrator without a gateway. */

const DECLINED = 'pm_card_chargeDeclined';

/** The outcome of a charge, decided in the handler's transaction: there is no call to make. */
export function chargeInstantly(charge: {
  readonly sagaId: string;
  readonly method: string;
}): { outcome: 'charged'; gatewayId: string } | { outcome: 'declined'; declineCode: string } {
  if (charge.method === DECLINED) return { outcome: 'declined', declineCode: 'card_declined' };
  return { outcome: 'charged', gatewayId: `none_${charge.sagaId}` };
}
