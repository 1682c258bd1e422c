/**
 * One batch through the engine: read the rows, step each message in order in memory, write all in one transaction. Sagas that
 * this engine moved last are not read, but only their moves count then.
 */

import type { TimePhase } from '#platform/batching/batch-spans.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { eventId } from '#protocol/ids.ts';
import type { Registered } from './definition/definition.ts';
import { type ChainedEntry, chainEntry } from './journal-chain.ts';
import type { Move, Store, Unmatched } from './ports.ts';
import { keyOf, redeliver, resentBy, textOf, toMessage } from './redelivery.ts';
import type { ActionOutcome, Incoming, SagaRow } from './saga.ts';
import { SagaCache } from './saga-cache.ts';
import { type Brakes, NO_BRAKES } from './step/brakes.ts';
import { mayComeAgain } from './step/correlate.ts';
import { migratesTo } from './step/migrate.ts';
import { startFirst } from './step/start-first.ts';
import { type Step, step } from './step/step.ts';

/** Finds a definition by name and version. */
export type Definitions = ReadonlyMap<string, Registered>;

/** The key of a definition in `Definitions`. */
export function definitionKey(name: string, version: number): string {
  return `${name}@${version}`;
}

/** The reason of an unmatched message whose saga has a version that this build lacks. */
export const UNKNOWN_VERSION = 'unknown-version';

/** A message on which its saga's definition threw. */
export interface Fault {
  readonly incoming: Incoming;
  readonly error: unknown;
}

/** The result of a batch, once it is durable. */
export interface Outcome {
  readonly out: readonly OutMessage[];
  readonly moves: readonly Move[];
  readonly unmatched: readonly Unmatched[];
  /** Messages that their sagas had taken before, from another offset: they change nothing, and the history shows them. */
  readonly repeats: readonly Unmatched[];
  readonly faults: readonly Fault[];
  /** Moves that the version fence refused. */
  readonly fenceRefusals: number;
}

/** A saga while its messages of this batch pass through it. */
interface Passing {
  readonly before: SagaRow;
  row: SagaRow;
  readonly entries: ChainedEntry[];
  readonly out: OutMessage[];
  readonly outcomes: ActionOutcome[];
  dueAt: Date | null;
}

/** All messages of a batch after they were stepped once, in memory. */
interface Round {
  readonly passing: readonly Passing[];
  readonly unmatched: readonly Unmatched[];
  readonly faults: readonly Fault[];
}

export interface BatchOptions {
  readonly time?: TimePhase;
  /** None without it: every saga is read. */
  readonly cache?: SagaCache;
  /** Those in force as the batch is stepped. */
  readonly brakes?: Brakes;
}

/**
 * Steps messages until each is durable or unmatched. It reads and steps those sagas again that the version fence
 * refused, before the offsets are committed.
 * @throws whatever the store throws; nothing of the batch is durable then, or a prefix of its rounds is, which a repeat
 *   recognises in the journal
 */
export async function stepBatch(
  definitions: Definitions,
  store: Store,
  messages: readonly Incoming[],
  nowMs: number,
  { time = (_name, work) => work(), cache = new SagaCache(), brakes = NO_BRAKES }: BatchOptions = {},
): Promise<Outcome> {
  const out: OutMessage[] = [];
  const moves: Move[] = [];
  const unmatched: Unmatched[] = [];
  const repeats: Unmatched[] = [];
  const faults: Fault[] = [];
  let fenceRefusals = 0;
  let waiting = messages;
  const readSagas = async (ids: readonly string[]): Promise<ReadonlyMap<string, SagaRow>> =>
    ids.length === 0 ? new Map() : time('read sagas', () => store.readSagas(ids));
  /** Steps what waits on these rows. */
  const stepOn = async (rows: ReadonlyMap<string, SagaRow>): Promise<Round> => {
    const doubtful = waiting.filter((message) => mayBeRepeat(definitions, rows, message));
    const taken = new Set((await store.readJournal(doubtful.map(keyOf))).map(textOf));
    return time('step', async () => stepAll({ definitions, nowMs, brakes }, rows, taken, waiting));
  };
  while (waiting.length > 0) {
    const ids = [...new Set(waiting.map((message) => message.envelope.subject))];
    const rows = cache.find(ids, nowMs);
    const cached = new Set(rows.keys());
    for (const [id, row] of await readSagas(ids.filter((one) => !cached.has(one)))) rows.set(id, row);
    let round = await stepOn(rows);
    const doubted = doubtedIn(round, cached);
    if (doubted.length > 0) {
      cache.drop(doubted);
      for (const id of doubted) rows.delete(id);
      for (const [id, row] of await readSagas(doubted)) rows.set(id, row);
      round = await stepOn(rows);
    }
    const moving = round.passing.filter(({ entries }) => entries.length > 0);
    const writing = {
      moves: moving.map(toMove),
      outcomes: round.passing.flatMap(({ outcomes }) => outcomes),
    };
    const moved = await time('write moves', () => store.write(writing));
    const refused = new Set(moving.map(({ before }) => before.id).filter((id) => !moved.has(id)));
    cache.drop(refused);
    fenceRefusals += refused.size;
    const standing = moving.filter(({ before }) => moved.has(before.id));
    for (const { before, row } of standing) rows.set(before.id, row);
    cache.put(
      standing.map(({ row }) => row),
      nowMs,
    );
    const stays = (incoming: Incoming) => !refused.has(incoming.envelope.subject);
    faults.push(...round.faults.filter((fault) => stays(fault.incoming)));
    const noted = round.unmatched.filter((unmatched) => stays(unmatched.incoming));
    const again = await redeliver(store, noted, rows, (row) => startIdOf(definitions, row));
    moves.push(...standing.map(toMove));
    out.push(...again.out, ...standing.flatMap((passing) => passing.out));
    unmatched.push(...again.unknown);
    repeats.push(...again.repeats);
    waiting = waiting.filter((incoming) => refused.has(incoming.envelope.subject));
  }
  const resends = moves.flatMap((move) =>
    move.entries.flatMap((entry) => resentBy(move.after, entry.change.resent)),
  );
  if (resends.length > 0) out.push(...(await store.readCommands(resends)));
  return { out, moves, unmatched, repeats, faults, fenceRefusals };
}

/** The cached sagas of a round that do more than move: no fence would refuse the rest on an outdated row. */
function doubtedIn({ passing, unmatched, faults }: Round, cached: ReadonlySet<string>): string[] {
  const acted = passing.filter(({ outcomes }) => outcomes.length > 0).map(({ before }) => before.id);
  const noted = [...unmatched, ...faults].map(({ incoming }) => incoming.envelope.subject);
  return [...new Set([...acted, ...noted])].filter((id) => cached.has(id));
}

/** Steps every message in its order, in memory. */
function stepAll(
  { definitions, nowMs, brakes }: { definitions: Definitions; nowMs: number; brakes: Brakes },
  rows: ReadonlyMap<string, SagaRow>,
  taken: ReadonlySet<string>,
  messages: readonly Incoming[],
): Round {
  const passing = new Map<string, Passing>();
  const unmatched: Unmatched[] = [];
  const faults: Fault[] = [];
  for (const incoming of messages) {
    const id = incoming.envelope.subject;
    const before = rows.get(id);
    if (before === undefined) {
      unmatched.push({ incoming, reason: 'unknown-saga' });
      continue;
    }
    let pass = passing.get(id);
    const definition = definitionFor(definitions, pass?.row ?? before, incoming);
    if (definition === undefined) {
      unmatched.push({ incoming, reason: UNKNOWN_VERSION });
      continue;
    }
    if (pass === undefined) {
      pass = { before, row: before, entries: [], out: [], outcomes: [], dueAt: null };
      passing.set(id, pass);
    }
    const { id: messageId } = incoming.envelope;
    if (taken.has(textOf(keyOf(incoming))) || pass.entries.some((entry) => entry.messageId === messageId)) {
      unmatched.push({ incoming, reason: 'taken-before' });
      continue;
    }
    try {
      const first = startFirst(definition, pass.row, incoming, nowMs, brakes);
      if (first !== null) apply(pass, first.start);
      const result = step(definition, pass.row, first?.action ?? incoming, nowMs, brakes);
      if (result.kind === 'noted') unmatched.push({ incoming, reason: result.reason });
      else apply(pass, result);
    } catch (error) {
      faults.push({ incoming, error });
    }
  }
  return { passing: [...passing.values()], unmatched, faults };
}

/** Applies a step to its saga's pass. */
function apply(pass: Passing, result: Exclude<Step, { kind: 'noted' }>): void {
  // Encodes before anything is written: a message too large for Kafka fails alone, not with its batch.
  const out = result.kind === 'taken' ? result.entry.out.map(toMessage) : [];
  if (result.outcome !== undefined) pass.outcomes.push(result.outcome);
  if (result.kind !== 'taken') return;
  pass.out.push(...out);
  const entry = chainEntry(pass.row, result.entry, out);
  pass.row = entry.hash === null ? result.row : { ...result.row, journalHash: entry.hash };
  pass.entries.push(entry);
  pass.dueAt = result.dueAt;
}

/**
 * The version a saga runs under, or, for a migration, the one it is moved to. Undefined when this engine lacks
 * it: only the saga's own messages wait then.
 */
export function definitionFor(
  definitions: Definitions,
  row: SagaRow,
  { envelope }: Pick<Incoming, 'envelope'>,
): Registered | undefined {
  const target = definitions.get(
    definitionKey(row.definition, migratesTo(envelope) ?? row.definitionVersion),
  );
  return target ?? definitions.get(definitionKey(row.definition, row.definitionVersion));
}

function startIdOf(definitions: Definitions, row: SagaRow): string | undefined {
  const definition = definitions.get(definitionKey(row.definition, row.definitionVersion));
  return definition && eventId(row.id, definition.startedBy);
}

function mayBeRepeat(
  definitions: Definitions,
  rows: ReadonlyMap<string, SagaRow>,
  { envelope }: Incoming,
): boolean {
  const row = rows.get(envelope.subject);
  if (row === undefined) return false;
  const definition = definitionFor(definitions, row, { envelope });
  return definition !== undefined && mayComeAgain(definition, row, envelope);
}

function toMove(passing: Passing): Move {
  return { before: passing.before, after: passing.row, entries: passing.entries, dueAt: passing.dueAt };
}
