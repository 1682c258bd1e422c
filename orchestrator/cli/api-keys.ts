/** `saga api-key create|list|revoke`: backends' API keys, for admins. */
import type { Context } from './context.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';

interface ApiKey {
  readonly keyId: string;
  readonly holder: string;
  readonly state: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
}

export interface CreateOptions {
  readonly holder: string;
  readonly days?: number;
  readonly reason: string;
  readonly output: Format;
}

/** Makes a key. The key goes to stdout, alone in a table's format; it is shown this once. */
export async function createApiKey(
  { api, out, say }: Context,
  { holder, days, reason, output }: CreateOptions,
): Promise<void> {
  const body = { holder, reason, ...(days !== undefined && { expiresInDays: days }) };
  const made = await api.post<ApiKey & { key: string }>('/v1/api-keys', body);
  out(renderOne(output, made, ({ key }) => key));
  say(
    `Key ${made.keyId} of ${holder}, until ${instant(made.expiresAt)}. It is shown this once: store it now.`,
  );
}

/** Lists keys, newest first. */
export async function listApiKeys(
  { api, out, say }: Context,
  { limit, output }: { limit: number; output: Format },
): Promise<void> {
  const { items, hasMore } = await readPaged<ApiKey>(api, '/v1/api-keys', {}, limit);
  out(render(output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

/** Revokes a key: every process refuses it within seconds. */
export async function revokeApiKey(
  { api, out }: Context,
  id: string,
  { reason, output }: { reason: string; output: Format },
): Promise<void> {
  const done = await api.post<ApiKey>(`/v1/api-keys/${encodeURIComponent(id)}/revocation`, { reason });
  out(renderOne(output, done, ({ keyId, holder }) => `key ${keyId} of ${holder} is revoked`));
}

function asTable(items: readonly ApiKey[]): string {
  if (items.length === 0) return 'no API keys';
  return table(
    ['KEY', 'HOLDER', 'STATE', 'CREATED', 'BY', 'EXPIRES'],
    items.map(({ keyId, holder, state, createdAt, createdBy, expiresAt }) => [
      keyId,
      holder,
      state,
      instant(createdAt),
      createdBy,
      instant(expiresAt),
    ]),
  );
}
