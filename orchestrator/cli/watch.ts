/** `saga watch ID`, `saga watch --status …`: moves as they happen. It connects again where the connection breaks, and misses none. */
import { printableIn } from '#platform/process/printable.ts';
import type { Context } from './context.ts';
import { follow, followOrPoll, reasonIn } from './event-source.ts';
import { CommandFailure, EXIT } from './failure.ts';
import type { Format } from './output.ts';
import type { Saga } from './shapes.ts';
import { wrap } from './wrap.ts';

export interface WatchOptions {
  readonly stuck?: boolean;
  readonly status?: string;
  readonly state?: string;
  readonly customer?: string;
  /** Shows the numbers of active sagas too. */
  readonly counts?: boolean;
  readonly output: Format;
}

interface Move {
  readonly sagaId: string;
  readonly version: number;
  readonly at: string;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly status: string | null;
  readonly action?: string;
  readonly actor?: string;
  readonly incident?: string;
  readonly matches?: boolean;
}

interface Counts {
  readonly active: number;
  readonly stuck: number;
  readonly stalled: number;
  readonly paused: number;
  readonly states: ReadonlyArray<{ readonly state: string; readonly active: number }>;
}

const ENDED = ['completed', 'failed'];
/** Continued lines are indented as far as the time of day is wide. */
const INDENT = 14;

/**
 * Writes moves until the person interrupts; those of one saga until it has ended.
 * @throws CommandFailure when the options do not go together, and as `follow` does
 */
export async function watch(context: Context, id: string | undefined, options: WatchOptions): Promise<void> {
  if (options.output === 'json')
    throw new CommandFailure(EXIT.usage, 'A watch has no end, so it is no JSON document: give -o jsonl.');
  if (id === undefined) return watchList(context, options);
  const { stuck, status, state, customer, counts } = options;
  if (stuck || counts || [status, state, customer].some((one) => one !== undefined))
    throw new CommandFailure(EXIT.usage, 'Give either a saga’s id, or what selects sagas.');
  return watchOne(context, id, options);
}

async function watchOne(context: Context, id: string, options: WatchOptions): Promise<void> {
  const path = `/v1/sagas/${encodeURIComponent(id)}`;
  let shown = '';
  for await (const found of followOrPoll(context, `${path}/events`, () => context.api.get<Saga>(path))) {
    if ('state' in found) {
      // Without its moves: how it stands, each time that is otherwise.
      const { status, state, stuck } = found.state;
      const text = `${status}: ${state}${stuck ? ', stuck' : ''}`;
      if (text !== shown) context.say(text);
      shown = text;
      if (ENDED.includes(status)) return context.say(`Its moves: saga history ${id}.`);
      continue;
    }
    const { event, data } = found.event;
    if (event === 'reset') context.say(`Moves are missing (${reasonIn(data)}): see saga history ${id}.`);
    if (event === 'open' || event === 'reset') {
      const saga = await context.api.get<Saga>(path);
      context.say(`${saga.status}: ${saga.state}${saga.stuck ? ', stuck' : ''}`);
      if (ENDED.includes(saga.status)) return;
    }
    if (event !== 'move') continue;
    write(context, data, options, (move: Move) => lineOf(move, `#${move.version}`));
    if (ENDED.includes((JSON.parse(data) as Move).status ?? '')) return;
  }
}

async function watchList(context: Context, options: WatchOptions): Promise<void> {
  const query = new URLSearchParams();
  const { status, state, customer } = options;
  for (const [name, value] of Object.entries({ status, state, customerId: customer }))
    if (value !== undefined) query.set(name, value);
  if (options.stuck) query.set('stuck', 'true');
  if (options.counts) query.set('counts', 'true');
  for await (const { event, data } of follow(context, `/v1/sagas/events?${query}`)) {
    if (event === 'reset')
      context.say(`Moves are missing (${reasonIn(data)}): saga list shows all there is.`);
    else if (event === 'open') context.say('Watching.');
    else if (event === 'counts') write(context, data, options, countsLine);
    else if (event === 'move') write(context, data, options, (move: Move) => lineOf(move, `${move.sagaId} `));
  }
}

function write<Data>(
  { out, columns }: Context,
  data: string,
  { output }: WatchOptions,
  asText: (data: Data) => string,
): void {
  const line = output === 'jsonl' ? data : asText(printableIn(JSON.parse(data) as Data));
  out(output === 'jsonl' ? line : wrap(line, columns, INDENT));
}

function lineOf(move: Move, name: string): string {
  const { action, actor, incident, matches = true } = move;
  const what = action === undefined ? move.type : `${action} by ${actor}`;
  const moved = move.from === move.to ? `stays ${move.to}` : `${move.from} → ${move.to}`;
  const notes = [incident !== undefined && `stuck: ${incident}`, !matches && 'leaves the list'].filter(
    Boolean,
  );
  return `${timeOf(move.at)}  ${name} ${[`${moved} (${what})`, ...notes].join(', ')}`;
}

function countsLine({ active, stuck, stalled, paused, states }: Counts): string {
  const byState = states.map(({ state, active: some }) => `${state} ${some}`).join(', ');
  const total = `${active} active, ${stuck} stuck, ${stalled} stalled, ${paused} paused`;
  return byState === '' ? total : `${total}: ${byState}`;
}

/** The local time of day, to the millisecond. */
function timeOf(text: string): string {
  const at = new Date(text);
  const aheadMs = -at.getTimezoneOffset() * 60_000;
  return new Date(at.getTime() + aheadMs).toISOString().slice(11, 23);
}
