/** `saga batch list|get|items`: batches of any kind. */
import { printable } from '#platform/process/printable.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { ago, type Format, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';

export interface Batch {
  readonly batchId: string;
  readonly kind: string;
  readonly state: string;
  readonly total: number;
  readonly perSecond: number;
  readonly actor: string;
  readonly reason: string;
  readonly createdAt: string;
  /** Why it stopped itself, the last time. */
  readonly stopped: { readonly text: string } | null;
  readonly progress?: {
    readonly waiting: number;
    readonly watched: number;
    readonly outcomes: Readonly<Record<string, number>>;
  };
}

interface Item {
  readonly number: number;
  readonly target: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly detail: string | null;
}

export interface BatchesOptions {
  readonly limit: number;
  readonly output: Format;
}

/** A batch in a line. */
export function batchText({ batchId, kind, state, total, stopped, progress }: Batch): string {
  const { waiting = 0, watched = 0, outcomes = {} } = progress ?? {};
  const parts = [
    ...Object.entries(outcomes).map(([outcome, items]) => `${items} ${outcome}`),
    ...(watched > 0 ? [`${watched} under way`] : []),
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
  ];
  const why = state === 'stopped' && stopped !== null ? ` (${stopped.text})` : '';
  return printable(`${batchId}: ${kind} of ${total}, ${state}: ${parts.join(', ')}${why}`);
}

export async function listBatches({ api, out, say, now }: Context, options: BatchesOptions): Promise<void> {
  const { items, hasMore } = await readPaged<Batch>(api, '/v1/batches', {}, options.limit);
  const asTable = (batches: readonly Batch[]) =>
    batches.length === 0
      ? 'no batches'
      : table(
          ['BATCH', 'KIND', 'STATE', 'TARGETS', 'BY', 'AGO', 'REASON'],
          batches.map((one) => [
            one.batchId,
            one.kind,
            one.state,
            String(one.total),
            one.actor,
            ago(one.createdAt, now()),
            one.reason,
          ]),
        );
  out(render(options.output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

export async function getBatch(
  { api, out }: Context,
  id: string,
  options: { output: Format },
): Promise<void> {
  out(renderOne(options.output, await api.get<Batch>(batchPath(id)), batchText));
}

export async function listBatchItems(
  { api, out, say }: Context,
  id: string,
  options: BatchesOptions & { readonly outcome?: string },
): Promise<void> {
  const filters = { outcome: options.outcome };
  const { items, hasMore } = await readPaged<Item>(api, `${batchPath(id)}/items`, filters, options.limit);
  const asTable = (all: readonly Item[]) =>
    table(
      ['NUMBER', 'TARGET', 'STATE', 'OUTCOME', 'DETAIL'],
      all.map((one) => [String(one.number), one.target, one.state, one.outcome ?? '', one.detail ?? '']),
    );
  out(render(options.output, items, asTable));
  if (hasMore) say('There are more: raise --limit.');
}

/** The path of a batch. @throws CommandFailure when the id is none */
export function batchPath(id: string): string {
  if (!/^[0-9a-f-]{36}$/i.test(id)) throw new CommandFailure(EXIT.usage, `"${id}" is no id of a batch.`);
  return `/v1/batches/${id}`;
}
