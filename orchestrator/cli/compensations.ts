/** `saga compensations`: the queue of sagas whose compensation failed. */
import type { Context } from './context.ts';
import { ago, type Format, render, table } from './output.ts';
import { readPaged } from './paged.ts';

interface Undo {
  readonly type: string;
  readonly participant: string | null;
  readonly cause: string;
  readonly attempts: number;
  readonly code: string | null;
  readonly text: string | null;
  readonly atStake: {
    readonly money?: { readonly amount: number; readonly currency: string };
    readonly stock?: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>;
    readonly coupon?: string;
    readonly shipment?: string;
  };
}

interface Failure {
  readonly sagaId: string;
  readonly state: string;
  readonly since: string;
  readonly incident: { readonly code: string; readonly text?: string };
  readonly undos: readonly Undo[];
  readonly possible: ReadonlyArray<{ readonly action: string; readonly needsEvidence: boolean }>;
}

export interface CompensationsOptions {
  readonly limit: number;
  readonly output: Format;
}

export async function listCompensations(
  { api, out, say, now }: Context,
  options: CompensationsOptions,
): Promise<void> {
  const { items, hasMore } = await readPaged<Failure>(api, '/v1/compensation-failures', {}, options.limit);
  const asTable = (failures: readonly Failure[]) =>
    failures.length === 0
      ? 'no failed compensations'
      : table(
          ['SAGA', 'STATE', 'FOR', 'UNDO', 'CAUSE', 'TRIES', 'CODE', 'AT STAKE', 'POSSIBLE'],
          failures.flatMap(linesOf(now())),
        );
  out(render(options.output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

/** One line an undo; an incident without one has a line of its own. */
function linesOf(nowMs: number) {
  return ({ sagaId, state, since, incident, undos, possible }: Failure): string[][] => {
    const can = possible.map(({ action, needsEvidence }) =>
      needsEvidence ? `${action} --evidence` : action,
    );
    const line = (undo: Undo | null) => [
      sagaId,
      state,
      ago(since, nowMs),
      undo?.type ?? '',
      undo?.cause ?? 'incident',
      undo === null ? '' : String(undo.attempts),
      undo?.code ?? incident.code,
      undo === null ? '' : stakeText(undo.atStake),
      can.join(', '),
    ];
    return undos.length === 0 ? [line(null)] : undos.map(line);
  };
}

function stakeText({ money, stock = [], coupon, shipment }: Undo['atStake']): string {
  return [
    ...(money === undefined ? [] : [`${money.amount} ${money.currency}`]),
    ...stock.map(({ sku, quantity }) => `${quantity} × ${sku}`),
    ...(coupon === undefined ? [] : [`coupon ${coupon}`]),
    ...(shipment === undefined ? [] : [`shipment ${shipment}`]),
  ].join(', ');
}
