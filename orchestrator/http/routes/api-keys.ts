/** Backends' API keys: made, listed and revoked by admins. Each change is an entry of the audit. */
import * as z from 'zod';
import type { ChangedBy, KeyNow, LiveKeys } from '#orchestrator/store/api-key-store.ts';
import { confirmed } from '#platform/http/failure.ts';
import { approvedHash, planChanged } from '#platform/http/plan-contract.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, resource } from '#platform/http/resource.ts';
import { idempotencyKey, pageCursor, pageLimit } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { newKey } from '#platform/identity/api-keys.ts';
import type { Principal } from '#platform/process/auth-tokens.ts';
import type { ApiParts } from '../parts.ts';
import {
  apiKey,
  apiKeyCreated,
  apiKeyPage,
  apiKeyPlan,
  apiKeyView,
  creationPlan,
  revocationPlan,
  revocationPlanView,
} from '../views/api-keys.ts';

const ADMINS = ['admin'] as const;
const DAY_MS = 86_400_000;
const reason = z.string().min(1).max(1000).describe('For the audit.');
const dryRun = z.boolean().default(false).describe('Show what it would do, without doing it.');

const keyRequest = z
  .strictObject({
    holder: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, dot, dash and underscore')
      .describe('The backend, such as `shop-backend`.'),
    expiresInDays: z.int().min(1).max(366).default(90),
    reason,
    dryRun,
    planHash: approvedHash,
  })
  .meta({ id: 'ApiKeyRequest' });
const revocation = z
  .strictObject({ reason, dryRun, planHash: approvedHash })
  .meta({ id: 'ApiKeyRevocation' });
const headers = z.object({ 'Idempotency-Key': idempotencyKey });
const keyInPath = z.object({
  id: z.string().regex(/^[0-9a-f]{16}$/, 'is no key id: 16 characters of 0-9 and a-f'),
});
const listQuery = z.strictObject({ cursor: pageCursor, limit: pageLimit });

/** Registers the routes. */
export function apiKeyRoutes(routes: Routes, { apiKeys, now }: Pick<ApiParts, 'apiKeys' | 'now'>): void {
  resource(routes, '/v1/api-keys', {
    GET: {
      id: 'listApiKeys',
      summary: 'Backends’ API keys, newest first, live or not.',
      roles: ADMINS,
      reads: { query: listQuery },
      answers: { 200: { body: apiKeyPage } },
      async handle({ query: { cursor, limit } }) {
        const before = cursor === undefined ? null : await positionOf(cursor);
        const found = await apiKeys.list(before, limit + 1);
        const items = found.slice(0, limit);
        const last = found.length > limit ? items.at(-1) : undefined;
        return {
          status: 200,
          body: { items: items.map((row) => apiKeyView(row, now())), nextCursor: last?.id ?? null },
        };
      },
    },
    POST: {
      id: 'createApiKey',
      summary: 'Makes an API key with the role `service`; or previews it.',
      description:
        'The answer is the only place that has the key: only its hash is stored. After a 504 it is lost: list the keys, and revoke the one that was made.',
      roles: ADMINS,
      reads: { body: keyRequest },
      answers: { 200: { body: apiKeyPlan }, 201: { body: apiKeyCreated, headers: ['location'] } },
      problems: ['conflict', 'plan-changed'],
      async handle({ principal, body: { holder, expiresInDays, reason, dryRun, planHash } }) {
        canonical(reason);
        const expiresAt = new Date(now() + expiresInDays * DAY_MS);
        const plan = (live: LiveKeys) => creationPlan({ holder, expiresInDays, expiresAt }, live);
        if (dryRun) return { status: 200, body: plan(await apiKeys.live(holder)) };
        const made = newKey();
        const row = await confirmed(
          apiKeys.create(
            made,
            holder,
            expiresAt,
            byOf(principal, reason, planHash),
            (live) => planHash === undefined || plan(live).planHash === planHash,
          ),
          `/v1/api-keys/${made.id}`,
        );
        if (row === null)
          throw new Problem('conflict', 'There are too many live keys: revoke unused ones first');
        if ('changed' in row) throw planChanged(plan(row.changed));
        const view = apiKeyView(row, now());
        return { status: 201, body: { ...view, key: made.key }, headers: { location: view.links.self } };
      },
    },
  });

  resource(routes, '/v1/api-keys/:id', {
    GET: {
      id: 'getApiKey',
      summary: 'An API key, without its secret.',
      roles: ADMINS,
      reads: { params: keyInPath },
      answers: { 200: { body: apiKey } },
      async handle({ params: { id } }) {
        return { status: 200, body: apiKeyView(found(await apiKeys.read(id), id), now()) };
      },
    },
  });

  resource(routes, '/v1/api-keys/:id/revocation', {
    POST: {
      id: 'revokeApiKey',
      summary: 'Revokes an API key: every process refuses it within seconds; or previews it.',
      description: 'It may be repeated: a revoked key stays revoked.',
      roles: ADMINS,
      reads: { params: keyInPath, headers, body: revocation },
      answers: { 200: { body: z.union([apiKey, revocationPlan]) } },
      problems: ['plan-changed', 'idempotency-mismatch'],
      async handle({ principal, params: { id }, headers: sent, body: { reason, dryRun, planHash } }) {
        canonical(reason);
        if (dryRun) {
          const row = found(await apiKeys.read(id), id);
          return { status: 200, body: planOf({ row, live: await apiKeys.live(row.holder) }) };
        }
        const change = {
          by: byOf(principal, reason, planHash),
          idempotencyKey: sent['Idempotency-Key'] ?? null,
          approves: (present: KeyNow) => planHash === undefined || planOf(present).planHash === planHash,
        };
        const row = found(await confirmed(apiKeys.revoke(id, change), `/v1/api-keys/${id}`), id);
        if (row === 'mismatch')
          throw new Problem('idempotency-mismatch', 'The Idempotency-Key was used for something else');
        if ('changed' in row) throw planChanged(planOf(row.changed));
        return { status: 200, body: apiKeyView(row, now()) };
      },
    },
  });

  const planOf = ({ row, live }: KeyNow) => revocationPlanView(apiKeyView(row, now()), live);

  /** A cursor is the id of the last key of a page. */
  async function positionOf(cursor: string) {
    const row = await apiKeys.read(cursor);
    if (row === null) throw new Problem('validation', 'the cursor is not one of this list');
    return row;
  }
}

function byOf({ subject, role }: Principal, reason: string, planHash: string | undefined): ChangedBy {
  return { actor: subject, role, reason, planHash };
}

function found<T>(row: T | null, id: string): T {
  if (row === null) throw new Problem('not-found', `There is no API key ${id}`);
  return row;
}
