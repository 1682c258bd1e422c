/** `saga batch watch ID`: a batch's progress as it changes, until it has ended or stopped; and its export. */
import { type Batch, batchPath, batchText } from './batches.ts';
import type { Context } from './context.ts';
import { followOrPoll } from './event-source.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, renderOne } from './output.ts';

/** Outcomes with which nothing is left to do. */
const GOOD = ['completed', 'compensated', 'applied', 'ended-before', 'sent', 'discarded'];

/**
 * Follows a batch by its live events, with its progress as text for people. Where the connection breaks, it connects again; where the
 * events are not to be had, it reads the batch every few seconds.
 * @throws CommandFailure `failure` when it stopped, `planned` when it ended and not every target well
 */
export async function watchBatch(
  context: Context,
  id: string,
  options: { readonly output: Format },
): Promise<void> {
  let shown = '';
  const path = batchPath(id);
  const read = () => context.api.get<Batch>(path);
  for await (const found of followOrPoll(context, `${path}/events`, read)) {
    if ('event' in found && found.event.event !== 'progress') continue;
    const batch = 'state' in found ? found.state : (JSON.parse(found.event.data) as Batch);
    const isWatched = (batch.progress?.watched ?? 0) > 0;
    const goesOn = batch.state === 'running' || (batch.state === 'stopped' && isWatched);
    if (!goesOn) return conclude(context, batch, options);
    const text = batchText(batch);
    if (text !== shown) context.say(text);
    shown = text;
  }
}

/** Writes how a batch stands that nothing moves any more. */
function conclude({ out }: Context, batch: Batch, { output }: { readonly output: Format }): void {
  const { batchId, state, stopped, progress } = batch;
  out(renderOne(output, batch, batchText));
  if (state === 'stopped')
    throw new CommandFailure(
      EXIT.failure,
      `It stopped itself: ${stopped?.text}. To go on, with one saga first: saga batch resume ${batchId} --reason WHY`,
    );
  if (state === 'paused')
    throw new CommandFailure(
      EXIT.planned,
      `It is paused, and ${progress?.waiting ?? 0} are not begun. To go on: saga batch resume ${batchId} --reason WHY`,
    );
  const bad = Object.entries(progress?.outcomes ?? {}).filter(([outcome]) => !GOOD.includes(outcome));
  if (state === 'done' && bad.length === 0) return;
  throw new CommandFailure(
    EXIT.planned,
    `It is ${state}, and not every target ended well: saga batch items ${batchId} --outcome ${bad[0]?.[0] ?? 'WORD'}`,
  );
}

/** Writes all targets of a batch with their outcomes. */
export async function exportBatch(
  { api, out }: Context,
  id: string,
  { format, output }: { readonly format?: 'csv' | 'jsonl'; readonly output: Format },
): Promise<void> {
  const path = `${batchPath(id)}/export`;
  // A file's lines end as a terminal's do: CSV's own ends would be shown as control characters.
  if (format === 'csv') return out((await api.text(`${path}?format=csv`)).replaceAll('\r\n', '\n').trimEnd());
  const all = await api.get<{ readonly items: readonly object[] }>(path);
  if (format === 'jsonl' || output !== 'json')
    return out(all.items.map((item) => JSON.stringify(item)).join('\n'));
  out(JSON.stringify(all, null, 2));
}
