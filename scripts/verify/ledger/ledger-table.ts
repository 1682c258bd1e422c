/** Shows the results of the invariants: a table, and the violations under it. */
import Table from 'cli-table3';
import { printable } from '#platform/process/printable.ts';
import type { LedgerResult } from './verify.ts';

/** The results as text for people. */
export function ledgerTable(results: readonly LedgerResult[]): string {
  const noLinesBetweenRows = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({
    head: ['invariant', 'counted', 'result'],
    chars: noLinesBetweenRows,
    style: { head: [], border: [] },
  });
  for (const result of results) table.push([result.name, countedOf(result), verdictOf(result)]);
  const broken = results.filter(({ violations }) => violations > 0);
  const details = broken.map(({ name, rule, violations, examples }) =>
    [
      `${name}: ${rule}`,
      ...examples.map(({ id, what }) => printable(`  ${id}  ${what}`)),
      ...(violations > examples.length ? [`  … and ${violations - examples.length} more`] : []),
    ].join('\n'),
  );
  return [table.toString(), ...details].join('\n');
}

function countedOf({ counted }: LedgerResult): string {
  const parts = Object.entries(counted).filter(([name, count]) => count > 0 || name === 'orders');
  return parts.length === 0 ? '–' : parts.map(([name, count]) => `${count} ${name}`).join(', ');
}

function verdictOf({ skipped, violations }: LedgerResult): string {
  if (skipped !== undefined) return `skipped: ${skipped}`;
  return violations === 0 ? 'ok' : `${violations} violation(s)`;
}
