/** `saga token end|list`: ends people's tokens before they expire, for admins. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';
import { type Approval, planThenApply } from './plan-first.ts';

interface EndedTokens {
  readonly endingId: string;
  readonly subject: string | null;
  readonly tokenId: string | null;
  readonly endedAt: string;
  readonly endedBy: string;
  readonly expiresAt: string;
}

interface Planned {
  readonly includesCaller: boolean;
}

export interface EndOptions extends Approval {
  readonly id?: string;
}

/**
 * Ends all tokens that a subject was issued so far, or one.
 * @throws CommandFailure when both are named, or neither
 */
export async function endTokens(
  context: Context,
  subject: string | undefined,
  options: EndOptions,
): Promise<void> {
  const { id, output } = options;
  if ((subject === undefined) === (id === undefined))
    throw new CommandFailure(EXIT.usage, 'Name the subject whose tokens end, or one token with --id.');
  const done = await planThenApply<Planned, EndedTokens & Planned>(context, options, {
    act: { path: '/v1/ended-tokens', fields: id === undefined ? { subject } : { tokenId: id } },
    text: ({ includesCaller }) =>
      `It ends ${id === undefined ? `every token of ${subject} issued until now` : `the token ${id}`}${
        includesCaller ? ', the token of this command among them' : ''
      }`,
    question: 'End them?',
    command: () => ['token', 'end', ...(id === undefined ? [String(subject)] : ['--id', id])],
  });
  if (done === null) return;
  const what =
    id === undefined ? `every token of ${subject} issued until ${instant(done.endedAt)}` : `the token ${id}`;
  context.out(renderOne(output, done, () => `${what} is ended`));
  if (done.includesCaller) context.say('The token of this command is among them: log in again.');
}

/** Lists the endings in force, newest first. */
export async function listEndedTokens(
  { api, out, say }: Context,
  { limit, output }: { limit: number; output: Format },
): Promise<void> {
  const { items, hasMore } = await readPaged<EndedTokens>(api, '/v1/ended-tokens', {}, limit);
  out(render(output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

function asTable(items: readonly EndedTokens[]): string {
  if (items.length === 0) return 'no ended tokens';
  return table(
    ['SUBJECT', 'TOKEN', 'ENDED', 'BY', 'KEPT UNTIL'],
    items.map(({ subject, tokenId, endedAt, endedBy, expiresAt }) => [
      subject ?? '',
      tokenId ?? 'all until then',
      instant(endedAt),
      endedBy,
      instant(expiresAt),
    ]),
  );
}
