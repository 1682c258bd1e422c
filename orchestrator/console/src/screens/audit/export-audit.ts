/** Reads every entry of the audit that matches, page by page up to a bound, into one file of JSON lines. */
import { call } from '../../api/call.ts';
import type { AuditFilters } from './audit-filters.ts';

const PAGE = 200;
/** The most entries of a file: beyond it the command line writes them as it reads. */
export const EXPORT_MAX = 50_000;

export interface Exported {
  readonly file: Blob;
  readonly entries: number;
  /** There are older ones, which are not in the file. */
  readonly hasMore: boolean;
}

/** @param read receives the number of entries so far @throws ApiProblem, Unreachable, or what the signal was aborted with */
export async function exportAudit(
  filters: AuditFilters,
  read: (entries: number) => void,
  signal: AbortSignal,
): Promise<Exported> {
  const lines: string[] = [];
  let cursor: number | null = null;
  do {
    const query = { ...filters, limit: PAGE, ...(cursor !== null && { cursor }) };
    const page: Awaited<ReturnType<typeof call<'listAudit'>>> = await call('listAudit', { query, signal });
    for (const entry of page.items) lines.push(`${JSON.stringify(entry)}\n`);
    read(lines.length);
    cursor = page.nextCursor;
  } while (cursor !== null && lines.length < EXPORT_MAX);
  const file = new Blob(lines, { type: 'application/jsonl' });
  return { file, entries: lines.length, hasMore: cursor !== null };
}
