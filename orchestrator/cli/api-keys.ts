/** `saga api-key create|list|revoke`: backends' API keys, for admins. */
import type { Context } from './context.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';
import { type Approval, planThenApply } from './plan-first.ts';

interface ApiKey {
  readonly keyId: string;
  readonly holder: string;
  readonly state: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
}

export interface CreateOptions extends Approval {
  readonly holder: string;
  readonly days?: number;
}

interface CreationPlan {
  readonly holder: string;
  readonly expiresAt: string;
  readonly liveKeys: number;
  readonly isPossible: boolean;
}

interface RevocationPlan {
  readonly keyId: string;
  readonly holder: string;
  readonly state: string;
  readonly changes: boolean;
  readonly otherLiveKeys: number;
}

/** Shows the plan, and makes a key. The key goes to stdout, alone in a table's format; it is shown this once. */
export async function createApiKey(context: Context, options: CreateOptions): Promise<void> {
  const { holder, days, output } = options;
  const inDays = days === undefined ? {} : { expiresInDays: days };
  const made = await planThenApply<CreationPlan, ApiKey & { key: string }>(context, options, {
    act: { path: '/v1/api-keys', fields: { holder, ...inDays } },
    text: ({ expiresAt, liveKeys }) =>
      `It makes a key of ${holder} with the role service until ${instant(expiresAt)}; ${holder} has ${liveKeys} live already.`,
    impossible: ({ isPossible }) =>
      isPossible ? null : 'Nothing was done: there are too many live keys. Revoke unused ones first.',
    question: 'Make it?',
    command: () => [
      ...['api-key', 'create', '--holder', holder],
      ...(days === undefined ? [] : ['--days', String(days)]),
    ],
  });
  if (made === null) return;
  context.out(renderOne(output, made, ({ key }) => key));
  context.say(
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

/** Shows the plan, and revokes a key: every process refuses it within seconds. */
export async function revokeApiKey(context: Context, id: string, options: Approval): Promise<void> {
  const done = await planThenApply<RevocationPlan, ApiKey>(context, options, {
    act: { path: `/v1/api-keys/${encodeURIComponent(id)}/revocation` },
    text: ({ keyId, holder, changes, state, otherLiveKeys }) =>
      changes
        ? `It revokes the key ${keyId} of ${holder} (${state}), which has ${otherLiveKeys} other live key${otherLiveKeys === 1 ? '' : 's'}.`
        : `The key ${keyId} of ${holder} is revoked already.`,
    question: 'Revoke it?',
    command: () => ['api-key', 'revoke', id],
  });
  if (done !== null)
    context.out(
      renderOne(options.output, done, ({ keyId, holder }) => `key ${keyId} of ${holder} is revoked`),
    );
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
