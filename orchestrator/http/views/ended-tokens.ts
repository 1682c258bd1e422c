/** The views of tokens ended early. */
import * as z from 'zod';
import type { Ended, EndedTokensRow } from '#orchestrator/store/ended-token-store.ts';
import { planHashText } from '#platform/http/plan-contract.ts';
import { instant, link, nextCursor, uuid, type View } from '#platform/http/schemas.ts';
import { planHash } from '#protocol/plan-hash.ts';

const shape = {
  endingId: uuid,
  subject: z
    .string()
    .nullable()
    .describe('Whose tokens: all that were issued until `endedAt`. Null: of one token.'),
  tokenId: z.string().nullable().describe('The `jti` of the one token. Null: all of a subject.'),
  endedAt: instant,
  endedBy: z.string(),
  expiresAt: instant.describe('By then all of these tokens have expired, and the ending is deleted.'),
  links: z.object({ self: link }),
};

export const endedTokens = z.object(shape).meta({ id: 'EndedTokens' });

export const endedTokensMade = z
  .object({
    ...shape,
    includesCaller: z.boolean().describe('Whether the token of this request is among the ended ones.'),
  })
  .meta({ id: 'EndedTokensMade' });

export const endedTokensPlan = z
  .object({
    dryRun: z.literal(true),
    subject: shape.subject,
    tokenId: shape.tokenId,
    includesCaller: z.boolean().describe('Whether the token of this request would be among the ended ones.'),
    planHash: planHashText,
  })
  .meta({ id: 'EndedTokensPlan', description: 'What an ending would end. Nothing was done.' });

export const endedTokensPage = z
  .object({ items: z.array(endedTokens), nextCursor })
  .meta({ id: 'EndedTokensPage', description: 'Newest first.' });

/** The plan of an ending. @param includesCaller whether the caller's own token is among the ended ones */
export function endingPlan(
  { subject, tokenId }: Ended,
  includesCaller: boolean,
): View<typeof endedTokensPlan> {
  const plan = { subject, tokenId, includesCaller };
  return { dryRun: true, ...plan, planHash: planHash({ act: 'end-tokens', ...plan }) };
}

/** An ending as people see it. */
export function endedTokensView(row: EndedTokensRow): View<typeof endedTokens> {
  const { id, subject, tokenId, endedAt, endedBy, expiresAt } = row;
  return {
    endingId: id,
    ...{ subject, tokenId, endedAt, endedBy, expiresAt },
    links: { self: `/v1/ended-tokens/${id}` },
  };
}
