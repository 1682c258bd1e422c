/** `saga get ID`: a saga's state, the commands it awaits, its finished and its remaining steps. */

import type { Context } from './context.ts';
import { ago, type Format, instant, renderOne, table } from './output.ts';
import type { RemainingStep, Saga } from './shapes.ts';

export async function get(context: Context, id: string, options: { output: Format }): Promise<void> {
  const saga = await context.api.get<Saga>(`/v1/sagas/${encodeURIComponent(id)}`);
  context.out(renderOne(options.output, saga, (one) => asText(one, context.now())));
}

function asText(saga: Saga, nowMs: number): string {
  const lines: Array<[string, string]> = [
    ['saga', saga.sagaId],
    ['customer', saga.customerId],
    ['status', saga.status],
    ['state', `${saga.state}, for ${ago(saga.stateSince, nowMs)}`],
    ['why', saga.why],
    ['revision', String(saga.revision)],
    ['created', instant(saga.createdAt)],
  ];
  if (saga.endedAt !== null) lines.push(['ended', instant(saga.endedAt)]);
  if (saga.paused)
    lines.push([
      'paused',
      byBrake(saga) + (saga.holds.length > 0 ? `holds ${saga.holds.join(', ')}` : 'holds nothing'),
    ]);
  const { incident, lastFailure } = saga;
  if (incident !== null)
    lines.push([
      'stuck',
      [incident.code, incident.text, `for ${ago(incident.since, nowMs)}`].filter(Boolean).join(', '),
    ]);
  if (saga.stalledSince !== undefined)
    lines.push([
      'stalled',
      `found ${ago(saga.stalledSince, nowMs)} ago: longer in its state than normal, and no failure explains it`,
    ]);
  if (lastFailure !== null)
    lines.push([
      'last failure',
      `${lastFailure.code}: ${lastFailure.text} (${ago(lastFailure.at, nowMs)} ago)`,
    ]);
  for (const { commandId, since, read, attempts, deadline } of saga.waitsFor ?? []) {
    const parts = [
      `since ${ago(since, nowMs)}`,
      read ? 'read' : 'not yet read',
      attempts > 1 ? `sent ${attempts} times` : '',
      deadline === undefined ? '' : `deadline ${instant(deadline)}`,
    ];
    lines.push(['waits for', `${commandId} (${parts.filter(Boolean).join(', ')})`]);
  }
  for (const { name, dueAt, leftMs } of saga.timers ?? []) {
    const when =
      leftMs === undefined
        ? `due ${instant(dueAt)}`
        : `stands while the saga is paused, with ${Math.round(leftMs / 1000)} s left`;
    lines.push(['timer', `${name}, ${when}`]);
  }
  for (const { type, answer, at } of saga.stepsDone ?? [])
    lines.push(['done', `${type} → ${answer}, ${instant(at)}`]);
  const ahead = (saga.stepsRemaining ?? []).map(inWords);
  if (ahead.length > 0) lines.push(['to come', [...ahead, saga.endsAs.state ?? ''].join(' → ')]);
  lines.push(['context', JSON.stringify(saga.context)]);
  return table([], lines);
}

/** A remaining step with what it waits for. */
export function inWords({ type, awaited, needsEvidence }: RemainingStep): string {
  const notes = [awaited && 'awaited', needsEvidence && 'needs evidence'].filter(Boolean);
  return notes.length === 0 ? type : `${type} (${notes.join(', ')})`;
}

/** Who holds it: nobody but a brake need be named, for a person's pause is in the history. */
function byBrake({ brake }: Saga): string {
  return brake === undefined ? '' : `by the brake ${brake.brakeId}, `;
}
