/** Who may call: composes the sources of bearer tokens that a process is configured with. */
import * as z from 'zod';
import { openTokens, readTokenSecret, type Tokens } from '../process/auth-tokens.ts';
import type { Logger } from '../process/log.ts';
import { KEY_PREFIX } from './api-keys.ts';
import type { Credentials } from './credentials.ts';
import { readIssuers } from './issuers.ts';
import { tokensRefused } from './metrics.ts';
import { type OidcTokens, openOidcTokens } from './oidc-tokens.ts';

/** The variables of a process that takes bearer tokens. */
export const identityConfig = z.object({
  OIDC_ISSUERS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('A JSON file: the OpenID Connect issuers whose tokens count, and what their claims mean.'),
  AUTH_SECRET_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('The secret of a local stack’s tokens. In production it needs the exception `local-tokens`.'),
});
export type IdentityConfig = Readonly<z.infer<typeof identityConfig>>;

export interface Identity extends Tokens {
  /** For what a principal has opened and keeps open; see `Credentials`. */
  readonly stillCounts: Credentials['stillCounts'];
  /** Ends what runs in the background. */
  close(): void;
}

/**
 * Opens every configured source of tokens.
 * @param parts.credentials which keys live, and which tokens were ended
 * @throws Error when none is configured, or a file of theirs cannot be read or is malformed
 */
export function openIdentity(
  config: IdentityConfig,
  parts: { now: () => number; log: Pick<Logger, 'throttled' | 'info'>; credentials: Credentials },
): Identity {
  const { now, log, credentials } = parts;
  const { OIDC_ISSUERS_FILE: issuersFile, AUTH_SECRET_FILE: secretFile } = config;
  if (issuersFile === undefined && secretFile === undefined) {
    throw new Error(
      'configuration: set OIDC_ISSUERS_FILE to a file that lists your identity providers, or AUTH_SECRET_FILE on a local stack',
    );
  }
  const issuers = issuersFile === undefined ? null : openOidcTokens(readIssuers(issuersFile), { now, log });
  const local = secretFile === undefined ? null : openTokens(readTokenSecret(secretFile), now);
  return composeIdentity({ issuers, local, credentials });
}

/** An identity from opened sources. */
export function composeIdentity({
  issuers,
  local,
  credentials,
}: {
  readonly issuers: OidcTokens | null;
  readonly local: Tokens | null;
  readonly credentials: Credentials;
}): Identity {
  const byIssuer = async (token: string) => {
    const principal = await issuers?.verify(token);
    return principal === undefined ? ((await local?.verify(token)) ?? null) : principal;
  };
  // Each source is called directly where no other can know the token: every request comes through here.
  const verified = issuers === null && local !== null ? local.verify : byIssuer;
  return {
    async verify(token) {
      if (token.startsWith(KEY_PREFIX)) return credentials.verifyKey(token);
      const principal = await verified(token);
      if (principal === null || (await credentials.stillCounts())(principal)) return principal;
      tokensRefused.inc({ reason: 'ended' });
      return null;
    },
    stillCounts: credentials.stillCounts,
    close: () => issuers?.close(),
  };
}
