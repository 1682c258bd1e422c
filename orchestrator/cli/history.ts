/** `saga history ID`: the timeline of a saga: transitions with their actors and reasons, resends, unmatched messages. */
import { printableIn } from '#platform/process/printable.ts';
import type { Context } from './context.ts';
import { diffLines, type PatchOperation, type Payload, payloadLines } from './history-details.ts';
import { type Format, instant } from './output.ts';
import type { HistoryEvent } from './shapes.ts';
import { verifyJournals } from './verify-journals.ts';
import { wrap } from './wrap.ts';

export interface HistoryOptions {
  /** Shows the change of the context at each transition. */
  readonly diff?: boolean;
  /** Shows the data of every message, in and out. */
  readonly messages?: boolean;
  /** Verifies the hash chain of its journal. */
  readonly verify?: boolean;
  readonly output: Format;
}

interface Found {
  readonly events: readonly HistoryEvent[];
  readonly traceId: string;
  /** Why it is where it is now, in one sentence. */
  readonly why: string;
  readonly truncated: boolean;
}

/** Shows the newest transitions, oldest first, each on a line of its own in a terminal as wide as `context.columns`. */
export async function history(context: Context, id: string, options: HistoryOptions): Promise<void> {
  const query = options.messages ? '?messages=true' : '';
  const found = await context.api.get<Found>(`/v1/sagas/${encodeURIComponent(id)}/history${query}`);
  const { out, say, columns } = context;
  if (options.output === 'json') out(JSON.stringify(found.events, null, 2));
  else if (options.output === 'jsonl') for (const event of found.events) out(JSON.stringify(event));
  else {
    out(found.events.map((event) => lineOf(printableIn(event), id, options, columns)).join('\n'));
    say(found.why);
    say(`trace ${found.traceId}`);
  }
  if (found.truncated) say('Only the newest transitions are shown.');
  // Stdout has the history already.
  if (options.verify) await verifyJournals({ ...context, out: say }, { sagaId: id }, 'table');
}

interface Transition {
  readonly version: number;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly action?: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly received: Payload & {
    readonly data?: {
      readonly found?: Readonly<Record<string, string>>;
      readonly code?: string;
      readonly text?: string;
    };
    readonly origin?: { readonly topic: string; readonly partition: number; readonly offset: number };
  };
  readonly change: {
    readonly contextPatch?: readonly PatchOperation[];
    readonly stuck?: { readonly code: string; readonly text?: string } | null;
    readonly gaveUp?: readonly string[];
    readonly paused?: boolean;
    readonly braked?: { readonly brakeId: string; readonly command: string };
    readonly held?: readonly string[];
    readonly skipped?: { readonly commandId: string; readonly evidence: string };
    readonly edited?: readonly string[];
    readonly migrated?: { readonly from: number; readonly to: number };
  };
  readonly sent: ReadonlyArray<Payload & { readonly id: string; readonly again: boolean }>;
}

/** One event as text. Ids lose their prefix, the saga's id. */
function lineOf(
  event: HistoryEvent,
  sagaId: string,
  options: HistoryOptions,
  columns: number | undefined,
): string {
  const short = (id: unknown) => String(id).replace(`${sagaId}/`, '');
  const at = instant(event.at);
  const margin = ' '.repeat(at.length + 2);
  const [first = '', ...others] = linesOf(event, short, options);
  return [`${at}  ${first}`, ...others.map((line) => margin + line)]
    .map((line) => wrap(line, columns, margin.length + 2))
    .join('\n');
}

function linesOf(event: HistoryEvent, short: (id: unknown) => string, options: HistoryOptions): string[] {
  const fields = event as HistoryEvent & Readonly<Record<string, string>>;
  const times = Number(event.count) > 1 ? `, ${event.count} times` : '';
  const payload = options.messages ? payloadLines(event as Payload, short) : [];
  switch (event.kind) {
    case 'transition':
      return transition(event as HistoryEvent & Transition, short, options);
    case 'unmatched':
      return [
        `unmatched ${short(event.messageId)} (${event.type}): ${event.reason}${times}; changed nothing`,
        ...payload,
      ];
    case 'repeat': {
      const taken = event.version === undefined ? '' : `, taken by #${event.version}`;
      return [
        `repeat ${short(event.messageId)} (${event.type})${taken}${times}; changed nothing`,
        ...payload,
      ];
    }
    case 'resend':
      return [`resent ${short(event.commandId)}`];
    case 'action':
      return [
        `${fields.action} by ${fields.actor}: "${fields.reason}" ${fields.state}${fields.detail ? `: ${fields.detail}` : ''}`,
      ];
  }
}

function transition(
  event: Transition,
  short: (id: unknown) => string,
  { diff, messages }: HistoryOptions,
): string[] {
  const { data, origin } = event.received;
  const what =
    event.action === undefined ? event.type : `${event.action} by ${event.actor}: "${event.reason}"`;
  const moved = event.from === event.to ? `stays ${event.to}` : `${event.from} → ${event.to}`;
  const notice = event.action === undefined ? [data?.code, data?.text].filter(Boolean).join(': ') : '';
  const lines = [`#${event.version} ${what}, ${moved}`];
  if (notice !== '') lines.push(`said: ${notice}`);
  for (const [id, finding] of Object.entries(data?.found ?? {})) lines.push(`found ${short(id)} ${finding}`);
  if (messages && origin !== undefined)
    lines.push(`read from ${origin.topic}, partition ${origin.partition}, offset ${origin.offset}`);
  if (messages) lines.push(...payloadLines(event.received, short));
  for (const id of event.change.gaveUp ?? []) lines.push(`gave up ${short(id)}`);
  const { paused, braked, held, skipped, edited, migrated, contextPatch } = event.change;
  const by = braked === undefined ? '' : ` by the brake ${braked.brakeId} on ${braked.command}`;
  if (paused !== undefined) lines.push(paused ? `paused${by}` : 'resumed');
  if (skipped !== undefined) lines.push(`skipped ${short(skipped.commandId)}: ${skipped.evidence}`);
  if (edited !== undefined) lines.push(`corrected ${edited.join(', ')}`);
  if (migrated !== undefined) lines.push(`from v${migrated.from} to v${migrated.to} of its definition`);
  if (diff && contextPatch !== undefined) lines.push(...diffLines(contextPatch));
  for (const id of held ?? []) lines.push(`held ${short(id)}`);
  const { stuck } = event.change;
  if (stuck) lines.push(`stuck: ${[stuck.code, stuck.text && short(stuck.text)].filter(Boolean).join(', ')}`);
  if (stuck === null) lines.push('no longer stuck');
  for (const one of event.sent) {
    lines.push(`sent ${short(one.id)}${one.again ? ' again' : ''}`);
    if (messages) lines.push(...payloadLines(one, short));
  }
  return lines;
}
