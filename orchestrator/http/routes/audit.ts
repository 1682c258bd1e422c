/** The audit: its entries, and the verification of its hash chain. */
import * as z from 'zod';
import type { ActionStore } from '#orchestrator/store/action-store.ts';
import {
  afterLink,
  BEFORE_FIRST,
  brokenAfter,
  type ChainEnd,
  unvouched,
} from '#orchestrator/store/audit-chain.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { pageLimit, type View } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import type { ApiParts } from '../parts.ts';
import { auditPage, auditVerdict, auditView } from '../views/audit.ts';

/** Links read by one query. */
const LINKS_AT_ONCE = 1_000;

const time = z.iso.datetime({ offset: true });

const listQuery = z.strictObject({
  sagaId: z.uuid().optional(),
  actor: z.string().min(1).max(200).optional(),
  action: z.string().min(1).max(100).optional().describe('Such as `retry`, `brake` or `create-api-key`.'),
  batchId: z
    .uuid()
    .optional()
    .describe('Of one batch, or of a brake’s release: its beginning, acts on it, and what it did.'),
  createdAfter: time.optional().describe('Entered at this instant or later.'),
  createdBefore: time.optional().describe('Entered before this instant.'),
  cursor: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('The `seq` of the last entry of the previous page.'),
  limit: pageLimit,
});

/** Registers the routes. */
export function auditRoutes(routes: Routes, { actions }: ApiParts): void {
  resource(routes, '/v1/audit', {
    GET: {
      id: 'listAudit',
      summary: 'People’s actions, newest first.',
      roles: VIEWERS,
      reads: { query: listQuery },
      answers: { 200: { body: auditPage } },
      async handle({ query }) {
        const { sagaId = null, actor = null, action = null, batchId = null, cursor = null, limit } = query;
        canonical([actor, action]);
        const times = {
          createdAfter: instantOf(query.createdAfter),
          createdBefore: instantOf(query.createdBefore),
        };
        const chosen = { before: cursor, sagaId, actor, action, batchId, ...times };
        const found = await actions.audit(chosen, limit + 1);
        const items = found.slice(0, limit);
        const nextCursor = found.length > limit ? (items.at(-1)?.seq ?? null) : null;
        return { status: 200, body: { items: items.map(auditView), nextCursor } };
      },
    },
  });

  resource(routes, '/v1/audit/verify', {
    GET: {
      id: 'verifyAudit',
      summary: 'Verifies the audit’s hash chain from its first entry to its last.',
      roles: VIEWERS,
      answers: { 200: { body: auditVerdict } },
      async handle() {
        return { status: 200, body: await verdictOn(actions) };
      },
    },
  });
}

function instantOf(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text);
}

async function verdictOn(actions: Pick<ActionStore, 'chain'>): Promise<View<typeof auditVerdict>> {
  let end: ChainEnd = BEFORE_FIRST;
  for (;;) {
    const links = await actions.chain(end.seq, LINKS_AT_ONCE);
    for (const link of links) {
      const broken = brokenAfter(end, link);
      if (broken !== null) return { holds: false, entries: end.seq, head: end.hash, broken };
      end = afterLink(end, link);
    }
    if (links.length < LINKS_AT_ONCE) {
      const broken = unvouched(end);
      return { holds: broken === null, entries: end.seq, head: end.hash, ...(broken !== null && { broken }) };
    }
  }
}
