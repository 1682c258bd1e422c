/** Tokens for a client's own credentials (OAuth 2.0), for brokers that take OAUTHBEARER. */
import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrantRequest,
  processClientCredentialsResponse,
} from 'oauth4webapi';
import { messageOf } from '#protocol/errors.ts';
import type { KafkaSasl } from './kafka-security.ts';

const REQUEST_MS = 10_000;
/** Without `expires_in` in the answer. */
const DEFAULT_LIFETIME_S = 300;
/** A token is replaced after this share of its lifetime. */
const USED_SHARE = 0.8;

export interface AccessToken {
  readonly value: string;
  /** ms since 1970 */
  readonly expiresAtMs: number;
}

/**
 * Gets tokens and keeps each for most of its lifetime. The client's secret is read for each request.
 * @throws Error when the issuer does not answer or refuses the client
 */
export function accessTokens({ user, password, oauth }: KafkaSasl): () => Promise<AccessToken> {
  if (oauth === undefined) throw new Error('tokens need KAFKA_OAUTH_TOKEN_URL');
  const { tokenUrl, scope } = oauth;
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client = { client_id: user };
  let current: Promise<AccessToken> | null = null;
  let freshUntilMs = 0;

  const request = async (): Promise<AccessToken> => {
    const response = await clientCredentialsGrantRequest(
      server,
      client,
      ClientSecretBasic(password()),
      scope === undefined ? {} : { scope },
      {
        // The settings permit http on this machine only.
        [allowInsecureRequests]: tokenUrl.startsWith('http:'),
        signal: AbortSignal.timeout(REQUEST_MS),
      },
    );
    const answer = await processClientCredentialsResponse(server, client, response);
    const lifetimeMs = (answer.expires_in ?? DEFAULT_LIFETIME_S) * 1000;
    freshUntilMs = Date.now() + lifetimeMs * USED_SHARE;
    return { value: answer.access_token, expiresAtMs: Date.now() + lifetimeMs };
  };

  return () => {
    if (current === null || Date.now() >= freshUntilMs) {
      freshUntilMs = Number.POSITIVE_INFINITY;
      current = request().catch((cause: unknown) => {
        current = null;
        throw new Error(
          `no token from KAFKA_OAUTH_TOKEN_URL: ${messageOf(cause)}: check KAFKA_SASL_USER, and the secret in KAFKA_SASL_PASSWORD_FILE`,
          { cause },
        );
      });
    }
    return current;
  };
}
