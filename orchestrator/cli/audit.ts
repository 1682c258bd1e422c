/** `saga audit list|verify`: people's actions, and the verification of the audit's chain. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';

interface Entry {
  readonly seq: number;
  readonly createdAt: string;
  readonly actor: string;
  readonly action: string;
  readonly sagaId: string | null;
  readonly state: string;
  readonly reason: string;
}

interface Verdict {
  readonly holds: boolean;
  readonly entries: number;
  readonly head: string;
  readonly broken?: string;
}

export interface AuditOptions {
  readonly saga?: string;
  readonly actor?: string;
  readonly limit: number;
  readonly output: Format;
}

export async function listAudit({ api, out, say }: Context, options: AuditOptions): Promise<void> {
  const filters = { sagaId: options.saga, actor: options.actor };
  const { items, hasMore } = await readPaged<Entry>(api, '/v1/audit', filters, options.limit);
  out(render(options.output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

/**
 * Has the API verify the whole chain. Store the head elsewhere: a chain without its newest entries still holds, but it
 * no longer contains that head.
 * @throws CommandFailure when a link does not hold
 */
export async function verifyAudit({ api, out }: Context, options: { output: Format }): Promise<void> {
  const verdict = await api.get<Verdict>('/v1/audit/verify');
  if (!verdict.holds) throw new CommandFailure(EXIT.failure, `The audit does not hold: ${verdict.broken}.`);
  out(renderOne(options.output, verdict, ({ entries, head }) => `${entries} entries hold; head ${head}`));
}

function asTable(items: readonly Entry[]): string {
  if (items.length === 0) return 'no entries';
  return table(
    ['NR', 'AT', 'WHO', 'WHAT', 'SAGA', 'STATE', 'WHY'],
    items.map(({ seq, createdAt, actor, action, sagaId, state, reason }) => [
      String(seq),
      instant(createdAt),
      actor,
      action,
      sagaId ?? '',
      state,
      reason,
    ]),
  );
}
