/** The verification of the journal's hash chain: of one saga, of those of a time, of all, in pages. */
import * as z from 'zod';
import { verifyJournal } from '#engine/verify-journal.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { isUuid, uuidv7Floor } from '#protocol/ids.ts';
import type { ApiParts } from '../parts.ts';
import { journalVerdict, verdictOf } from '../views/journal-chain.ts';

const SAGAS_DEFAULT = 50;
const SAGAS_MAX = 100;

const time = z.iso.datetime({ offset: true });

const verifyQuery = z.strictObject({
  sagaId: z.uuid().optional().describe('One saga alone.'),
  createdAfter: time.optional().describe('Only sagas created at this instant or later.'),
  createdBefore: time.optional().describe('Only sagas created before this instant.'),
  chainedSince: time
    .optional()
    .describe(
      'From when on an entry without a hash is a fault: when the last engine of a build before the chain had ended.',
    ),
  cursor: z
    .string()
    .toLowerCase()
    .refine(isUuid, 'is no cursor of this list')
    .optional()
    .describe('The `nextCursor` of the previous page.'),
  limit: z.coerce.number().int().min(1).max(SAGAS_MAX).default(SAGAS_DEFAULT),
});

/** Registers the route. */
export function journalChainRoutes(routes: Routes, { journals }: Pick<ApiParts, 'journals'>): void {
  resource(routes, '/v1/audit/journals', {
    GET: {
      id: 'verifyJournals',
      summary: 'Verifies the hash chains of sagas’ journals, and names each fault by saga and version.',
      description:
        'Each entry bears the hash of the entry before it, and the saga that of its newest. Whoever can rewrite a whole saga, its row included, leaves no trace here: keep backups, or exports, where they cannot be rewritten.',
      roles: VIEWERS,
      reads: { query: verifyQuery },
      answers: { 200: { body: journalVerdict } },
      async handle({ query: { sagaId, createdAfter, createdBefore, chainedSince, cursor, limit } }) {
        const chains = await journals.chains({
          sagaId: sagaId ?? null,
          after: cursor ?? null,
          from: floorOf(createdAfter),
          until: floorOf(createdBefore),
          limit: limit + 1,
        });
        const page = chains.slice(0, limit);
        const vouched = await journals.vouched(page);
        const since = chainedSince === undefined ? null : new Date(chainedSince);
        const reports = page.map(({ head, links, isCut }) => ({
          sagaId: head.sagaId,
          isCut,
          report: verifyJournal(
            isCut ? cutHead(head, links) : head,
            links,
            vouched.get(head.sagaId) ?? new Map(),
            since,
          ),
        }));
        const next = chains.length > limit ? (page.at(-1)?.head.sagaId ?? null) : null;
        return { status: 200, body: verdictOf(reports, next) };
      },
    },
  });
}

/** The smallest id of an instant. */
function floorOf(instant: string | undefined): string | null {
  return instant === undefined ? null : uuidv7Floor(new Date(instant).getTime());
}

/** Of a journal that was not read to its end: its last entry stands for the end. */
function cutHead<H extends { readonly hash: string | null }>(
  head: H,
  links: ReadonlyArray<{ readonly hash: string | null }>,
): H {
  return { ...head, hash: links.findLast(({ hash }) => hash !== null)?.hash ?? null };
}
