/** `saga list`: matching sagas, newest first. */
import type { Listed } from './api.ts';
import type { Context } from './context.ts';
import { ago, type Format, render, table } from './output.ts';

const PAGE_MAX = 200;

export interface ListOptions {
  readonly stuck?: boolean;
  readonly stalled?: boolean;
  readonly status?: string;
  readonly state?: string;
  readonly customer?: string;
  readonly limit: number;
  readonly all?: boolean;
  readonly output: Format;
}

/** Lists up to `limit` sagas, or all. As JSON lines it writes each page on arrival. */
export async function list(context: Context, options: ListOptions): Promise<void> {
  const { api, out, say } = context;
  const found: Listed[] = [];
  let cursor: string | null = null;
  do {
    const missing = options.all ? PAGE_MAX : Math.min(PAGE_MAX, options.limit - found.length);
    const page: { items: Listed[]; nextCursor: string | null } = await api.get(
      `/v1/sagas?${queryOf(options, missing, cursor)}`,
    );
    cursor = page.nextCursor;
    if (options.output === 'jsonl') for (const item of page.items) out(JSON.stringify(item));
    found.push(...page.items);
  } while (cursor !== null && (options.all || found.length < options.limit));
  if (options.output !== 'jsonl')
    out(render(options.output, found, (items) => asTable(items, context.now())));
  if (cursor !== null) say(`There are more: raise --limit, or give --all.`);
}

function queryOf(options: ListOptions, limit: number, cursor: string | null): string {
  const { status, state, customer } = options;
  const query = new URLSearchParams({ limit: String(limit) });
  if (options.stuck) query.set('stuck', 'true');
  if (options.stalled) query.set('stalled', 'true');
  if (status !== undefined) query.set('status', status);
  if (state !== undefined) query.set('state', state);
  if (customer !== undefined) query.set('customerId', customer);
  if (cursor !== null) query.set('cursor', cursor);
  return query.toString();
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
