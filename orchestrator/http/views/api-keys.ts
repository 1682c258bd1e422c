/** The views of API keys. */
import * as z from 'zod';
import type { ApiKeyRow, LiveKeys } from '#orchestrator/store/api-key-store.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import { count, instant, link, nextCursor, type View } from '#platform/http/schemas.ts';
import { LIVE_KEYS_MAX } from '#platform/identity/api-keys.ts';
import { planHash } from '#protocol/plan-hash.ts';

const shape = {
  keyId: z.string().describe('The part of the key after its prefix, which is no secret.'),
  holder: z.string().describe('The backend. All of its keys act as one caller.'),
  role: z.literal('service'),
  state: z.enum(['live', 'expired', 'revoked']),
  createdAt: instant,
  createdBy: z.string(),
  expiresAt: instant,
  revokedAt: instant.nullable(),
  revokedBy: z.string().nullable(),
  links: z.object({ self: link, revocation: link }),
};

export const apiKey = z.object(shape).meta({ id: 'ApiKey' });

export const apiKeyCreated = z
  .object({
    ...shape,
    key: z.string().describe('The key, for Authorization: Bearer. It is shown this once.'),
  })
  .meta({ id: 'ApiKeyCreated' });

export const apiKeyPage = z
  .object({ items: z.array(apiKey), nextCursor })
  .meta({ id: 'ApiKeyPage', description: 'Newest first.' });

export const apiKeyPlan = z
  .object({
    dryRun: z.literal(true),
    holder: z.string(),
    role: z.literal('service'),
    expiresAt: instant.describe('Were it made now.'),
    liveKeys: count.describe('The keys that the holder has already.'),
    isPossible: z.boolean().describe('False: there are too many live keys.'),
    planHash: planHashText.describe(
      'SHA-256 over the holder, for how many days, the keys that it has, and whether it is possible.',
    ),
  })
  .meta({ id: 'ApiKeyPlan' });

export const revocationPlan = z
  .object({
    dryRun: z.literal(true),
    keyId: z.string(),
    holder: z.string(),
    state: z.enum(['live', 'expired', 'revoked']),
    changes: z.boolean().describe('False: it is revoked already.'),
    otherLiveKeys: count.describe('Of the same holder. None: its requests are refused from then on.'),
    planHash: planHashText,
  })
  .meta({ id: 'ApiKeyRevocationPlan' });

/** The plan of a key that is to be made. */
export function creationPlan(
  key: { readonly holder: string; readonly expiresInDays: number; readonly expiresAt: Date },
  { all, ofHolder }: LiveKeys,
): View<typeof apiKeyPlan> {
  const { holder, expiresInDays, expiresAt } = key;
  const plan = { holder, role: 'service' as const, liveKeys: ofHolder, isPossible: all < LIVE_KEYS_MAX };
  // The days, not the instant: time passes between a plan and its apply.
  const hash = planHash({ act: 'create-api-key', expiresInDays, ...plan });
  return { dryRun: true, ...plan, expiresAt, planHash: hash };
}

/** The plan of a revocation. */
export function revocationPlanView(
  { keyId, holder, state }: View<typeof apiKey>,
  { ofHolder }: LiveKeys,
): View<typeof revocationPlan> {
  const otherLiveKeys = ofHolder - (state === 'live' ? 1 : 0);
  const plan = { keyId, holder, state, changes: state !== 'revoked', otherLiveKeys };
  return { dryRun: true, ...plan, planHash: planHash({ act: 'revoke-api-key', ...plan }) };
}

/** A key as people see it, without its hash. */
export function apiKeyView(row: ApiKeyRow, nowMs: number): View<typeof apiKey> {
  const { id, holder, createdAt, createdBy, expiresAt, revokedAt, revokedBy } = row;
  const self = `/v1/api-keys/${id}`;
  return {
    keyId: id,
    ...{ holder, role: 'service', state: stateOf(row, nowMs) },
    ...{ createdAt, createdBy, expiresAt, revokedAt, revokedBy },
    links: { self, revocation: `${self}/revocation` },
  };
}

function stateOf({ revokedAt, expiresAt }: ApiKeyRow, nowMs: number): 'live' | 'expired' | 'revoked' {
  if (revokedAt !== null) return 'revoked';
  return nowMs < expiresAt.getTime() ? 'live' : 'expired';
}
