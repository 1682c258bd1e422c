/**
 * The public keys of one OpenID Connect issuer: found by discovery, cached, read again at intervals and when a token names
 * a key that is not among them. While the provider does not answer, the keys read before stay in use for an hour.
 */
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import * as z from 'zod';
import { messageOf, RetryableError } from '#protocol/errors.ts';
import type { Logger } from '../process/log.ts';
import { isProtected } from './issuers.ts';
import { keyReads, keysReadAt } from './metrics.ts';

/** A key that the provider withdraws is refused from then on at the latest. */
export const REFRESH_MS = 300_000;
/** The delay after a failed read. */
const RETRY_MS = 10_000;
/** Unknown keys make the provider be read at most so often, however many tokens name them. */
export const COOLDOWN_MS = 10_000;
/** How long keys are used after they were last read. */
export const USABLE_MS = 3_600_000;
const TIMEOUT_MS = 5_000;
const MAX_CHARACTERS = 500_000;

const discovery = z.object({
  issuer: z.string(),
  jwks_uri: z.string().refine(isProtected, 'must be an https address'),
});

export interface IssuerKeys {
  /** Changes whenever the keys do: what was verified under the ones before must be verified anew. */
  readonly generation: number;
  /**
   * The key for a token, for jose's `jwtVerify`.
   * @throws JWKSNoMatchingKey when the provider has no such key; RetryableError `identity-unavailable` while that cannot be known
   */
  readonly find: JWTVerifyGetKey;
  /** Whether the keys were read recently enough to be used. */
  isUsable(): boolean;
  /** Stops the reads. */
  close(): void;
}

/** Starts to read an issuer's keys, in the background: a provider that is down keeps no process from starting. */
export function openIssuerKeys(
  issuer: string,
  { now, log }: { now: () => number; log: Pick<Logger, 'throttled' | 'info'> },
): IssuerKeys {
  let keys: { find: JWTVerifyGetKey; text: string; readAt: number } | null = null;
  let generation = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  let hasFailed = false;
  let reading: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const read = async () => {
    triedAt = now();
    clearTimeout(timer);
    try {
      const set = await readKeySet(issuer);
      const find = createLocalJWKSet(set);
      const text = JSON.stringify(set.keys);
      if (text !== keys?.text) {
        generation += 1;
        log.info('issuer-keys-read', { url: issuer, count: set.keys.length });
      }
      keys = { find, text, readAt: now() };
      if (!isClosed) keysReadAt.set({ issuer }, keys.readAt / 1000);
      hasFailed = false;
      keyReads.inc({ outcome: 'read' });
    } catch (error) {
      hasFailed = true;
      keyReads.inc({ outcome: 'failed' });
      log.throttled(`issuer/${issuer}`, 'issuer-away', { url: issuer, error: reasonOf(error) });
    }
    if (!isClosed) timer = setTimeout(() => void refresh(), hasFailed ? RETRY_MS : REFRESH_MS).unref();
  };
  const refresh = () => {
    reading ??= read().finally(() => {
      reading = null;
    });
    return reading;
  };
  /** Reads again, or waits for the read that is under way; not too often. */
  const refreshBounded = async () => {
    if (reading !== null || now() - triedAt >= COOLDOWN_MS) await refresh();
  };
  const usable = () => (keys !== null && now() - keys.readAt < USABLE_MS ? keys : null);
  const unavailable = () =>
    new RetryableError('identity-unavailable', `The identity provider ${issuer} does not answer`);

  keysReadAt.set({ issuer }, 0);
  void refresh();
  return {
    get generation() {
      return generation;
    },
    isUsable: () => usable() !== null,
    async find(header, token) {
      if (usable() === null) await refreshBounded();
      const known = usable();
      if (known === null) throw unavailable();
      try {
        return await known.find(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        await refreshBounded();
        if (hasFailed) throw unavailable();
        return (usable() ?? known).find(header, token);
      }
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      keysReadAt.remove({ issuer });
    },
  };
}

/** The issuer's key set, by its discovery document (OpenID Connect Discovery 1.0, section 4). */
async function readKeySet(issuer: string): Promise<JSONWebKeySet> {
  const described = discovery.parse(
    await readDocument(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
  );
  if (described.issuer !== issuer) {
    throw new Error(`its discovery document names another issuer, ${described.issuer}`);
  }
  const set = (await readDocument(described.jwks_uri)) as JSONWebKeySet;
  // A shared key published by mistake must verify nothing.
  return Array.isArray(set?.keys) ? { keys: set.keys.filter(({ kty }) => kty !== 'oct') } : set;
}

async function readDocument(url: string): Promise<unknown> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    // A redirect could lead to an address that others can change.
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  if (text.length > MAX_CHARACTERS) throw new Error(`${url} answers more than ${MAX_CHARACTERS} characters`);
  return JSON.parse(text);
}

/** `fetch failed` has the reason in its cause. */
function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return `its discovery document is malformed: ${z.prettifyError(error)}`;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}
