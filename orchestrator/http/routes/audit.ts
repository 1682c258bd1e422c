/** The audit: what people did, newest first, and whether its hash chain holds. */
import type { Router } from 'express';
import * as z from 'zod';
import { answer } from '../../../participants/wire/http/answer.ts';
import { resource, VIEWERS } from '../../../participants/wire/http/resource.ts';
import { canonical, valid } from '../../../participants/wire/http/validate.ts';
import type { AuditEntry } from '../../store/action-store.ts';
import { BEFORE_FIRST, brokenAfter, type ChainEnd } from '../../store/audit-chain.ts';
import type { ApiParts } from '../parts.ts';

const PAGE_DEFAULT = 50;
const PAGE_MAX = 200;
/** Links checked with one query. */
const LINKS_AT_ONCE = 1_000;

const listQuery = z.strictObject({
  sagaId: z.uuid().optional(),
  actor: z.string().min(1).max(200).optional(),
  /** The number of the last entry of the page before. */
  cursor: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE_DEFAULT),
});

/** Puts the routes on a router. */
export function auditRoutes(router: Router, { tokens, actions }: ApiParts): void {
  resource(router, tokens, '/v1/audit', {
    GET: {
      roles: VIEWERS,
      async handle(request, response) {
        const { sagaId = null, actor = null, cursor = null, limit } = valid(listQuery, request.query);
        canonical(actor);
        const items = await actions.audit({ before: cursor, sagaId, actor }, limit);
        const nextCursor = items.length === limit ? (items.at(-1)?.seq ?? null) : null;
        answer(response, 200, { items: items.map(auditView), nextCursor });
      },
    },
  });

  resource(router, tokens, '/v1/audit/verify', {
    GET: {
      roles: VIEWERS,
      async handle(_request, response) {
        let end: ChainEnd = BEFORE_FIRST;
        for (;;) {
          const links = await actions.chain(end.seq, LINKS_AT_ONCE);
          for (const link of links) {
            const broken = brokenAfter(end, link);
            if (broken !== null)
              return answer(response, 200, { holds: false, entries: end.seq, head: end.hash, broken });
            end = link;
          }
          if (links.length < LINKS_AT_ONCE) break;
        }
        answer(response, 200, { holds: true, entries: end.seq, head: end.hash });
      },
    },
  });
}

/** What was asked for may hold an address: only the names of its fields are shown. */
function auditView({ params, idempotencyKey: _key, batchId, id, ...entry }: AuditEntry) {
  return { actionId: id, ...entry, ...(batchId !== null && { batchId }), fields: Object.keys(params) };
}
