/** The report of a rolling update: a table of its phases, and what it left. */
import Table from 'cli-table3';
import type { RollingReport } from './run-rolling.ts';

const HEAD = ['phase', 's', 'orders sent', '503 with Retry-After', 'refused', 'slowest acceptance s'];

/** The report as text. */
export function rollingText(report: RollingReport): string {
  const { findings: f, lockWait, phases, problems, migrations } = report;
  const noLinesBetweenRows = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
  const table = new Table({ head: HEAD, chars: noLinesBetweenRows, style: { head: [], border: [] } });
  for (const { name, ms, orders, postponed, refused, slowestMs } of phases)
    table.push([name, seconds(ms), orders, postponed, refused, seconds(slowestMs)]);
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ');
  return [
    `From ${report.commit.slice(0, 12)} to this build, back, and forward again: ${migrations.length} migrations under load`,
    String(table),
    `longest wait for a table's lock while migrating: ${lockWait.ms} ms${lockWait.who === null ? '' : ` (${lockWait.who})`}`,
    `answered by: ${counts(report.answeredBy)}; operators' actions: ${counts(report.acted)}`,
    `${f.orders} orders: ${f.lost} lost, ${f.doubled} doubled, ${f.stuck} stuck; ${f.couponRequests} coupon requests, ${f.coupons} coupons`,
    `${f.journals.sagas} journals verified, ${f.journals.unchained} entries without a hash, by engines of the build before`,
    ...(problems.length === 0 ? ['nothing lost, doubled, stuck or refused; the ledger holds'] : problems),
    '',
  ].join('\n');
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1);
