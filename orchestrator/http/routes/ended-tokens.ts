/** Tokens that admins end before they expire: one, or all of a subject. Each ending is an entry of the audit. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Ended, EndedTokensRow } from '#orchestrator/store/ended-token-store.ts';
import { confirmed } from '#platform/http/failure.ts';
import { approvedHash, refuseOther } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, resource } from '#platform/http/resource.ts';
import { idempotencyKey, idInPath, pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { KEY_SUBJECT } from '#platform/identity/api-keys.ts';
import { isEnded } from '#platform/identity/ended-tokens.ts';
import { MAX_SUBJECT_LENGTH, type Principal, tokenDigest } from '#platform/process/auth-tokens.ts';
import { isUuid } from '#protocol/ids.ts';
import type { ApiParts } from '../parts.ts';
import {
  endedTokens,
  endedTokensMade,
  endedTokensPage,
  endedTokensPlan,
  endedTokensView,
  endingPlan,
} from '../views/ended-tokens.ts';

const ADMINS = ['admin'] as const;
const MAX_TOKEN_ID_LENGTH = 500;

const common = {
  reason: z.string().min(1).max(1000).describe('For the audit.'),
  dryRun: z.boolean().default(false).describe('Show what it would end, without ending it.'),
  planHash: approvedHash,
};
const endRequest = z
  .union([
    z.strictObject({
      subject: z
        .string()
        .min(1)
        .max(MAX_SUBJECT_LENGTH)
        .refine((name) => !name.startsWith(KEY_SUBJECT), 'is the holder of API keys: revoke its keys instead')
        .describe(
          'Whose tokens, as the audit and the orders name the person: a customer’s id, or the `sub`, with the prefix of its issuer.',
        ),
      ...common,
    }),
    z.strictObject({
      tokenId: z.string().min(1).max(MAX_TOKEN_ID_LENGTH).describe('The `jti` of one token.'),
      ...common,
    }),
  ])
  .meta({ id: 'EndTokensRequest' });
const headers = z.object({ 'Idempotency-Key': idempotencyKey });
const listQuery = z.strictObject({ cursor: pageCursor, limit: pageLimit });

/** Registers the routes. */
export function endedTokenRoutes(routes: Routes, { endings, now }: Pick<ApiParts, 'endings' | 'now'>): void {
  resource(routes, '/v1/ended-tokens', {
    GET: {
      id: 'listEndedTokens',
      summary: 'Tokens ended before they expire, newest first.',
      roles: ADMINS,
      reads: { query: listQuery },
      answers: { 200: { body: endedTokensPage } },
      async handle({ query: { cursor, limit } }) {
        const before = cursor === undefined ? null : await positionOf(cursor);
        const found = await endings.list(before, limit + 1);
        const items = found.slice(0, limit);
        const last = found.length > limit ? items.at(-1) : undefined;
        return { status: 200, body: { items: items.map(endedTokensView), nextCursor: last?.id ?? null } };
      },
    },
    POST: {
      id: 'endTokens',
      summary: 'Ends one token, or all that a subject was issued so far.',
      description:
        'Every process refuses them within seconds, and closes the WebSockets that were opened with them. A token that is issued later counts: end the person’s session at the identity provider first. Backends’ API keys are revoked instead.',
      roles: ADMINS,
      reads: { headers, body: endRequest },
      answers: { 200: { body: endedTokensPlan }, 201: { body: endedTokensMade, headers: ['location'] } },
      problems: ['conflict', 'plan-changed', 'idempotency-mismatch'],
      async handle({ principal, headers: { 'Idempotency-Key': key = null }, body }) {
        const { reason, dryRun, planHash, ...named } = body;
        const ended: Ended =
          'subject' in named
            ? { subject: named.subject, tokenId: null }
            : { subject: null, tokenId: named.tokenId };
        canonical([reason, named]);
        // All that were issued until now.
        const plan = endingPlan(ended, includes({ ...ended, endedAt: new Date(now()) }, principal));
        if (dryRun) return { status: 200, body: plan };
        // Of the request and its caller alone: nothing changes it meanwhile.
        refuseOther(plan, planHash);
        const id = randomUUID();
        const by = { actor: principal.subject, role: principal.role, reason };
        const row = await confirmed(
          endings.end({ id, ended, by, idempotencyKey: key }),
          `/v1/ended-tokens/${id}`,
        );
        if (row === 'full')
          throw new Problem(
            'conflict',
            'There are too many ended tokens: withdraw the provider’s signing key instead, which ends all of its tokens',
          );
        if (row === 'mismatch')
          throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
        const view = endedTokensView(row);
        const includesCaller = includes(row, principal);
        return { status: 201, body: { ...view, includesCaller }, headers: { location: view.links.self } };
      },
    },
  });

  resource(routes, '/v1/ended-tokens/:id', {
    GET: {
      id: 'getEndedTokens',
      summary: 'An ending of tokens, while any of them might live.',
      roles: ADMINS,
      reads: { params: idInPath },
      answers: { 200: { body: endedTokens } },
      async handle({ params: { id } }) {
        const row = await endings.read(id);
        if (row === null) throw new Problem('not-found', `There is no ending ${id}, or none any more`);
        return { status: 200, body: endedTokensView(row) };
      },
    },
  });

  /** A cursor is the id of the last ending of a page. */
  async function positionOf(cursor: string): Promise<EndedTokensRow> {
    const row = isUuid(cursor) ? await endings.read(cursor) : null;
    if (row === null) throw new Problem('validation', 'the cursor is not one of this list');
    return row;
  }
}

/** Whether an ending ends the token of a principal. */
function includes(
  { subject, tokenId, endedAt }: Ended & Pick<EndedTokensRow, 'endedAt'>,
  principal: Principal,
): boolean {
  if ('apiKey' in principal.proof) return false;
  const ending = {
    ids: new Set(tokenId === null ? [] : [tokenDigest(tokenId)]),
    subjects: new Map(subject === null ? [] : [[subject, endedAt.getTime()]]),
  };
  return isEnded(ending, principal.subject, principal.proof);
}
