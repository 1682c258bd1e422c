/** `saga dead-letter list|groups|get`: parked messages. */
import { printable } from '#platform/process/printable.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { ago, type Format, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';

export interface Readable {
  readonly format: 'json' | 'text' | 'hex' | 'hidden';
  readonly json?: unknown;
  readonly text?: string;
}

interface Letter {
  readonly partition: number;
  readonly offset: number;
  readonly sagaId: string | null;
  readonly saga: { readonly status: string; readonly state: string; readonly stuck: boolean } | null;
  readonly originTopic: string;
  readonly reason: string;
  readonly text: string;
  readonly parkedBy: string;
  readonly parkedAt: string;
  readonly state: string;
  readonly groupId: string;
  readonly message?: Readable;
  readonly edited?: { readonly message: Readable; readonly differences: readonly Difference[] } | null;
}

export interface Difference {
  readonly pointer: string;
  readonly kind: string;
  readonly before: unknown;
  readonly after: unknown;
}

interface Group {
  readonly groupId: string;
  readonly groupText: string;
  readonly originTopic: string;
  readonly parkedBy: string;
  readonly reason: string;
  readonly letters: number;
  readonly oldestAt: string;
  readonly newestAt: string;
  readonly sample: { readonly partition: number; readonly offset: number };
}

/** The options that choose letters. */
export interface Choice {
  readonly saga?: string;
  /** The code under which they were parked. */
  readonly code?: string | undefined;
  readonly topic?: string;
  readonly group?: string;
  readonly state?: string;
  /** A span such as 90s, 15m, 6h, 2d. */
  readonly olderThan?: string;
}

export interface LettersOptions extends Choice {
  readonly reason?: string;
  readonly waiting?: boolean;
  readonly limit: number;
  readonly output: Format;
}

const SPANS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The filter of a choice, as the API takes it. @throws CommandFailure when a span is none */
export function filterOf({ saga, topic, group, state, olderThan, code }: Choice, nowMs: number) {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(olderThan ?? '') ?? [];
  const spanMs = Number(count) * (SPANS_MS[unit] ?? 0);
  if (olderThan !== undefined && spanMs === 0)
    throw new CommandFailure(EXIT.usage, `"${olderThan}" is no span: give 90s, 15m, 6h or 2d.`);
  return {
    ...(saga !== undefined && { sagaId: saga }),
    ...(code !== undefined && { reason: code }),
    ...(topic !== undefined && { topic }),
    ...(group !== undefined && { group }),
    ...(state !== undefined && { state }),
    ...(olderThan !== undefined && { parkedBefore: new Date(nowMs - spanMs).toISOString() }),
  };
}

export async function listLetters({ api, out, say, now }: Context, options: LettersOptions): Promise<void> {
  const { items, hasMore } = await readPaged<Letter>(
    api,
    '/v1/dead-letters',
    {
      ...filterOf({ ...options, code: options.reason }, now()),
      waiting: options.waiting ? 'true' : undefined,
    },
    options.limit,
  );
  const asTable = (letters: readonly Letter[]) =>
    letters.length === 0
      ? 'no dead letters'
      : table(
          ['LETTER', 'TOPIC', 'REASON', 'BY', 'FOR', 'STATE', 'GROUP', 'SAGA', 'IN'],
          letters.map((one) => [
            `${one.partition}/${one.offset}`,
            one.originTopic,
            one.reason,
            one.parkedBy,
            ago(one.parkedAt, now()),
            one.state,
            one.groupId,
            one.sagaId ?? '',
            one.saga === null ? '' : `${one.saga.state}${one.saga.stuck ? ', stuck' : ''}`,
          ]),
        );
  out(render(options.output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

export async function listLetterGroups(
  { api, out, say, now }: Context,
  options: LettersOptions,
): Promise<void> {
  const chosen = filterOf({ state: 'open', ...options, code: options.reason }, now());
  const query = new URLSearchParams({ ...chosen, limit: String(Math.min(200, options.limit)) });
  const { items, isComplete } = await api.get<{ items: Group[]; isComplete: boolean }>(
    `/v1/dead-letters/groups?${query}`,
  );
  const asTable = (groups: readonly Group[]) =>
    groups.length === 0
      ? 'no dead letters'
      : table(
          ['GROUP', 'LETTERS', 'TOPIC', 'REASON', 'BY', 'OLDEST', 'NEWEST', 'SAMPLE', 'TEXT'],
          groups.map((one) => [
            one.groupId,
            String(one.letters),
            one.originTopic,
            one.reason,
            one.parkedBy,
            ago(one.oldestAt, now()),
            ago(one.newestAt, now()),
            `${one.sample.partition}/${one.sample.offset}`,
            one.groupText.slice(0, 80),
          ]),
        );
  out(render(options.output, items, asTable));
  if (!isComplete) say('Only the newest letters were grouped: the counts are lower bounds.');
}

export async function getLetter(
  { api, out }: Context,
  id: string,
  options: { output: Format },
): Promise<void> {
  const letter = await api.get<Letter>(pathOf(id));
  out(renderOne(options.output, letter, letterText));
}

function letterText({ originTopic, reason, text, state, sagaId, saga, message, edited }: Letter): string {
  const where = saga === null ? '' : `, ${saga.status} in ${saga.state}${saga.stuck ? ', stuck' : ''}`;
  return [
    printable(`${reason} on ${originTopic}: ${text}`),
    printable(`${state}${sagaId === null ? '' : `; saga ${sagaId}${where}`}`),
    bodyText(message),
    ...(edited ? ['corrected:', ...edited.differences.map(differenceText), bodyText(edited.message)] : []),
  ].join('\n');
}

/** A body, one line a field where it is JSON; nothing of it is a control character. */
export function bodyText(body: Readable | undefined): string {
  const text = body?.format === 'json' ? JSON.stringify(body.json, null, 2) : (body?.text ?? '(hidden)');
  return text.split('\n').map(printable).join('\n');
}

export function differenceText({ pointer, kind, before, after }: Difference): string {
  const [was, is] = [before, after].map((value) => JSON.stringify(value));
  const change = kind === 'added' ? `+ ${is}` : kind === 'removed' ? `- ${was}` : `${was} → ${is}`;
  return printable(`  ${pointer === '' ? '(the whole body)' : pointer}: ${change}`);
}

/** @throws CommandFailure when the id is not of the form 0/17 */
export function pathOf(id: string): string {
  if (!/^\d+\/\d+$/.test(id))
    throw new CommandFailure(EXIT.usage, `"${id}" is no dead letter: give it as 0/17.`);
  return `/v1/dead-letters/${id}`;
}
