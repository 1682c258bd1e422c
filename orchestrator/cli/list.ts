/** `saga list`: matching sagas, in an order. */

import type { Context } from './context.ts';
import { ago, type Format, render, table } from './output.ts';
import { readPaged } from './paged.ts';
import { type ViewedOptions, viewed } from './saved-views.ts';
import type { Listed } from './shapes.ts';

export interface ListOptions extends ViewedOptions {
  readonly limit: number;
  readonly all?: boolean;
  readonly output: Format;
}

/** Lists up to `limit` sagas, or all. As JSON lines it writes each page on arrival. */
export async function list(context: Context, options: ListOptions): Promise<void> {
  const { api, out, say, now } = context;
  const isLines = options.output === 'jsonl';
  const { filter, sort } = await viewed(context, options);
  const { items, hasMore } = await readPaged<Listed>(
    api,
    '/v1/sagas',
    { ...filter, sort },
    options.all ? Number.MAX_SAFE_INTEGER : options.limit,
    (page) => isLines && page.forEach((item) => out(JSON.stringify(item))),
  );
  if (!isLines) out(render(options.output, items, (some) => asTable(some, now())));
  if (hasMore) say('There are more: raise --limit, or give --all.');
}

function asTable(items: readonly Listed[], nowMs: number): string {
  if (items.length === 0) return 'no sagas';
  return table(
    ['SAGA', 'CUSTOMER', 'STATUS', 'STATE', 'FOR', 'STUCK'],
    items.map(({ sagaId, customerId, status, state, stateSince, incident, stalled }) => [
      sagaId,
      customerId,
      status,
      state,
      ago(stateSince, nowMs),
      incident?.code ?? (stalled ? 'stalled' : ''),
    ]),
  );
}
