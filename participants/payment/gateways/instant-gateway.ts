/** The gateway in process: approves at once. For measuring the orchestrator alone, without an outside world. */

const DECLINED = 'pm_card_chargeDeclined';

/** What an in-process charge comes to. Decided inside the handler's transaction, for no outside world is called. */
export function chargeInstantly(charge: {
  readonly sagaId: string;
  readonly method: string;
}): { outcome: 'charged'; gatewayId: string } | { outcome: 'declined'; declineCode: string } {
  if (charge.method === DECLINED) return { outcome: 'declined', declineCode: 'card_declined' };
  return { outcome: 'charged', gatewayId: `none_${charge.sagaId}` };
}
