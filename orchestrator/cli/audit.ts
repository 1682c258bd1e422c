/** `saga audit list|export|verify`: people's actions, and the verification of the audit's chain. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { eachPage, readPaged } from './paged.ts';

interface Entry {
  readonly seq: number;
  readonly createdAt: string;
  readonly actor: string;
  readonly action: string;
  readonly sagaId: string | null;
  readonly state: string;
  readonly reason: string;
  readonly batchId?: string;
  readonly role: string;
  readonly detail: string | null;
  readonly endedAt: string | null;
  readonly planHash?: string;
  readonly hash: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

interface Verdict {
  readonly holds: boolean;
  readonly entries: number;
  readonly head: string;
  readonly broken?: string;
}

export interface AuditFilters {
  readonly saga?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly batch?: string;
  readonly after?: string;
  readonly before?: string;
}

export interface AuditOptions extends AuditFilters {
  readonly limit: number;
  readonly output: Format;
}

export interface ExportOptions extends AuditFilters {
  readonly format: 'jsonl' | 'csv';
}

const filtersOf = ({ saga, actor, action, batch, after, before }: AuditFilters) => ({
  ...{ sagaId: saga, actor, action, batchId: batch, createdAfter: after, createdBefore: before },
});

/** The newest matching entries. */
export async function listAudit({ api, out, say }: Context, options: AuditOptions): Promise<void> {
  const { items, hasMore } = await readPaged<Entry>(api, '/v1/audit', filtersOf(options), options.limit);
  out(render(options.output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

/** Writes every matching entry, newest first, as it is read: a file of any size takes no more memory than a page. */
export async function exportAudit({ api, out, say }: Context, options: ExportOptions): Promise<void> {
  const isCsv = options.format === 'csv';
  if (isCsv) out(csvLine(CSV_COLUMNS));
  let entries = 0;
  await eachPage<Entry>(api, '/v1/audit', filtersOf(options), (page) => {
    const lines = page.map((entry) => (isCsv ? csvLine(csvCells(entry)) : JSON.stringify(entry)));
    if (lines.length > 0) out(lines.join('\n'));
    entries += page.length;
  });
  say(`${entries} entries`);
}

const CSV_COLUMNS = [
  'seq',
  'createdAt',
  'actor',
  'role',
  'action',
  'sagaId',
  'batchId',
  'reason',
  'parameters',
  'planHash',
  'state',
  'detail',
  'endedAt',
  'hash',
] as const;

function csvCells(entry: Entry): string[] {
  return CSV_COLUMNS.map((name) => {
    const value = entry[name];
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
  });
}

/** A line of RFC 4180. A spreadsheet would take a cell that begins with = + - @ for a formula: an apostrophe precedes it. */
function csvLine(cells: readonly string[]): string {
  return cells
    .map((cell) => (/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell))
    .map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
    .join(',');
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
    ['NR', 'AT', 'WHO', 'WHAT', 'ON', 'STATE', 'WHY'],
    items.map(({ seq, createdAt, actor, action, sagaId, state, reason, parameters }) => [
      String(seq),
      instant(createdAt),
      actor,
      action,
      [sagaId ?? [], inWords(parameters)].flat().join(' '),
      state,
      reason,
    ]),
  );
}

function inWords(parameters: Entry['parameters']): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') : value}`)
    .join(', ');
}
