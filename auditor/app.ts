/** The auditor's HTTP API: what is checked, and what is violated. */
import type { Express } from 'express';
import * as z from 'zod';
import { type HttpParts, httpApp } from '#platform/http/app.ts';
import { resource, VIEWERS } from '#platform/http/resource.ts';
import { count, instant, link } from '#platform/http/schemas.ts';
import type { Readiness } from '#platform/process/process.ts';
import { uuidv7Ms } from '#protocol/ids.ts';
import type { AuditReport } from './audit.ts';
import { INVARIANTS } from './invariants/index.ts';
import { HIGHEST, LOWEST } from './rounds.ts';
import { shownBy } from './slice/slice-statement.ts';

/** The violations of an answer. */
const MOST_SHOWN = 100;

const row = z
  .object({ table: z.string(), column: z.string(), value: z.string() })
  .meta({ id: 'LedgerRow', description: 'Rows of a table by the value of one of its columns.' });

const violation = z
  .object({
    invariant: z.string(),
    id: z.string().describe('Of an order, a command, a sku, a campaign or an action.'),
    what: z.string().describe('The problem, for a person.'),
    orderId: z.string().nullable().describe('null: it is about no single order.'),
    foundAt: instant,
    rows: z.array(row).describe('Where a person finds the rows that show it.'),
    links: z.object({ saga: link.optional().describe('A path of the order API.') }),
  })
  .meta({ id: 'LedgerViolation' });

const ledger = z
  .object({
    violations: z.array(violation).describe(`The first ${MOST_SHOWN}, by the time they were found.`),
    total: count.describe('The violations known now.'),
    invariants: z.array(
      z.object({
        name: z.string(),
        rule: z.string(),
        checkedAt: instant
          .nullable()
          .describe('When the last check of everything that ended began; null: none has ended.'),
        violations: count,
      }),
    ),
    pass: z
      .object({
        startedAt: instant,
        reachedAt: instant.nullable().describe('Orders created since then are checked; null: all are.'),
      })
      .describe('The present check of all orders, from the newest to the oldest.'),
    ordersChecked: count.describe('Since the auditor started, each time anew.'),
  })
  .meta({ id: 'Ledger' });

const SHOWS = new Map(
  INVARIANTS.map((one) => [one.name, 'shows' in one ? one.shows : shownBy(one.sliced)] as const),
);

export interface AuditorParts extends HttpParts {
  readonly report: AuditReport;
}

/** Builds the application without opening or listening to anything. */
export function auditorApp(parts: AuditorParts, readiness: Readiness): Express {
  return httpApp(parts, readiness, { title: 'Auditor', about: '' }, (routes) => {
    resource(routes, '/v1/ledger', {
      GET: {
        id: 'getLedger',
        summary: 'The invariants of the ledger, when each was last checked, and what is violated now.',
        roles: VIEWERS,
        answers: { 200: { body: ledger } },
        handle: () => ({ status: 200, body: viewOf(parts.report) }),
      },
    });
  });
}

function viewOf(report: AuditReport) {
  const { pass, ordersChecked, checkedAt } = report;
  const invariants = INVARIANTS.map(({ name, rule }) => {
    const at = checkedAt.get(name);
    return { name, rule, checkedAt: at === undefined ? null : new Date(at), violations: report.count(name) };
  });
  return {
    violations: report.first(MOST_SHOWN).map(({ invariant, id, what, orderId, foundAt }) => ({
      invariant,
      id,
      what,
      orderId,
      foundAt: new Date(foundAt),
      rows: (SHOWS.get(invariant) ?? []).map(({ table, key }) => ({
        table,
        column: key,
        value: orderId ?? id,
      })),
      links: orderId === null ? {} : { saga: `/v1/sagas/${orderId}` },
    })),
    total: invariants.reduce((sum, one) => sum + one.violations, 0),
    invariants,
    pass: { startedAt: new Date(pass.startedAt), reachedAt: reachedAt(pass.reached) },
    ordersChecked,
  };
}

function reachedAt(id: string): Date | null {
  if (id === LOWEST) return null;
  return new Date(id === HIGHEST ? Date.now() : uuidv7Ms(id));
}
