/** `saga history ID`: the timeline of a saga: transitions with their actors and reasons, resends, unmatched messages. */
import { printableIn } from '#platform/process/printable.ts';
import type { HistoryEvent } from './api.ts';
import type { Context } from './context.ts';
import { type Format, instant } from './output.ts';

export async function history(context: Context, id: string, options: { output: Format }): Promise<void> {
  const found = await context.api.get<{ events: HistoryEvent[]; truncated: boolean }>(
    `/v1/sagas/${encodeURIComponent(id)}/history`,
  );
  const { out, say } = context;
  if (options.output === 'json') out(JSON.stringify(found.events, null, 2));
  else if (options.output === 'jsonl') for (const event of found.events) out(JSON.stringify(event));
  else out(found.events.map((event) => lineOf(printableIn(event), id)).join('\n'));
  if (found.truncated) say('Only the newest transitions are shown.');
}

interface Transition {
  readonly version: number;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly action?: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly received: {
    readonly data?: {
      readonly found?: Readonly<Record<string, string>>;
      readonly code?: string;
      readonly text?: string;
    };
  };
  readonly change: {
    readonly stuck?: { readonly code: string } | null;
    readonly gaveUp?: readonly string[];
    readonly paused?: boolean;
    readonly held?: readonly string[];
    readonly skipped?: { readonly commandId: string; readonly evidence: string };
    readonly edited?: readonly string[];
    readonly migrated?: { readonly from: number; readonly to: number };
  };
  readonly sent: ReadonlyArray<{ readonly id: string; readonly again: boolean }>;
}

/** One event as text. Ids lose their prefix, the saga's id. */
function lineOf(event: HistoryEvent, sagaId: string): string {
  const short = (id: unknown) => String(id).replace(`${sagaId}/`, '');
  const at = instant(event.at);
  const fields = event as HistoryEvent & Readonly<Record<string, string>>;
  switch (event.kind) {
    case 'transition':
      return `${at}  ${transition(event as HistoryEvent & Transition, short).join(`\n${' '.repeat(at.length + 2)}`)}`;
    case 'unmatched': {
      const times = Number(event.count) > 1 ? `, ${event.count} times` : '';
      return `${at}  unmatched ${short(event.messageId)} (${event.type}): ${event.reason}${times}; changed nothing`;
    }
    case 'resend':
      return `${at}  resent ${short(event.commandId)}`;
    case 'action':
      return `${at}  ${fields.action} by ${fields.actor}: "${fields.reason}" ${fields.state}${fields.detail ? `: ${fields.detail}` : ''}`;
  }
}

function transition(event: Transition, short: (id: unknown) => string): string[] {
  const { data } = event.received;
  const what =
    event.action === undefined ? event.type : `${event.action} by ${event.actor}: "${event.reason}"`;
  const moved = event.from === event.to ? `stays ${event.to}` : `${event.from} → ${event.to}`;
  const notice = event.action === undefined ? [data?.code, data?.text].filter(Boolean).join(': ') : '';
  const lines = [`#${event.version} ${what}, ${moved}`];
  if (notice !== '') lines.push(`said: ${notice}`);
  for (const [id, finding] of Object.entries(data?.found ?? {})) lines.push(`found ${short(id)} ${finding}`);
  for (const id of event.change.gaveUp ?? []) lines.push(`gave up ${short(id)}`);
  const { paused, held, skipped, edited, migrated } = event.change;
  if (paused !== undefined) lines.push(paused ? 'paused' : 'resumed');
  if (skipped !== undefined) lines.push(`skipped ${short(skipped.commandId)}: ${skipped.evidence}`);
  if (edited !== undefined) lines.push(`corrected ${edited.join(', ')}`);
  if (migrated !== undefined) lines.push(`from v${migrated.from} to v${migrated.to} of its definition`);
  for (const id of held ?? []) lines.push(`held ${short(id)}`);
  if (event.change.stuck) lines.push(`stuck: ${event.change.stuck.code}`);
  if (event.change.stuck === null) lines.push('no longer stuck');
  for (const { id, again } of event.sent) lines.push(`sent ${short(id)}${again ? ' again' : ''}`);
  return lines;
}
