/** Replays a recorded history under the present definitions and finds the first difference in states or messages. */
import { isDeepStrictEqual } from 'node:util';
import { commandTypeOf } from '#protocol/ids.ts';
import { ACTION, TIMER } from './control.ts';
import type { Registered } from './definition/definition.ts';
import { newSaga } from './definition/start-message.ts';
import type { Incoming, JournalEntry, SagaRow, Sent } from './saga.ts';
import { type Brakes, NO_BRAKES } from './step/brakes.ts';
import { step } from './step/step.ts';

/** A new saga, before its first message. */
export type Birth = Pick<
  SagaRow,
  'id' | 'definition' | 'definitionVersion' | 'partition' | 'customerId' | 'input' | 'createdAt'
>;

/** A saga's whole journal, in the order of its versions. */
export interface History {
  readonly birth: Birth;
  readonly entries: ReadonlyArray<Omit<JournalEntry, 'sagaId'>>;
}

/** The first difference between a recorded and a replayed saga. */
export interface Difference {
  readonly sagaId: string;
  readonly definition: string;
  readonly definitionVersion: number;
  /** The journal version of the difference, with its incoming message and the state before it. */
  readonly version: number;
  readonly type: string;
  readonly fromState: string;
  /** Another state, other messages, or a message that the replay does not accept. */
  readonly what: 'state' | 'messages' | 'not-taken' | 'fault';
  readonly was: string;
  readonly wouldBe: string;
}

/** The longest text of a value in a difference. */
const SHOWN_MAX = 120;

/** The definition versions of a history, in order: several where an operator migrated the saga. */
export function versionsOf({ birth, entries }: History): number[] {
  const migrations = entries.flatMap(({ change }) => change.migrated ?? []);
  return [...migrations.map(({ from }) => from), migrations.at(-1)?.to ?? birth.definitionVersion];
}

/**
 * Replays a history message by message, each at its recorded time.
 * @param under the definition to replay each of its versions under
 * @returns the first difference, or null when all is as it was
 */
export function replay(under: (version: number) => Registered, history: History): Difference | null {
  const { birth, entries } = history;
  let definition = under(versionsOf(history)[0] ?? birth.definitionVersion);
  let row = newSaga(definition, birth);
  for (const entry of entries) {
    const { migrated } = entry.change;
    if (migrated !== undefined) {
      // A migration changes the definition and nothing else.
      definition = under(migrated.to);
      row = {
        ...row,
        definitionVersion: definition.version,
        version: entry.version,
        revision: entry.version,
      };
      continue;
    }
    // An incident raised outside the machine moved the version and left no entry.
    if (row.version !== entry.version - 1) row = { ...row, version: entry.version - 1 };
    const differs = (what: Difference['what'], was: string, wouldBe: string): Difference => ({
      sagaId: birth.id,
      definition: birth.definition,
      definitionVersion: birth.definitionVersion,
      version: entry.version,
      type: entry.type,
      fromState: entry.fromState,
      what,
      was,
      wouldBe,
    });
    let result: ReturnType<typeof step>;
    try {
      result = step(definition, row, asOf(row, entry), entry.at.getTime(), brakesIn(entry));
    } catch (error) {
      return differs('fault', entry.toState, String(error));
    }
    if (result.kind !== 'taken') {
      const why = result.kind === 'noted' ? result.reason : result.outcome.detail;
      return differs('not-taken', entry.toState, `not taken: ${why}`);
    }
    if (result.row.state !== entry.toState) return differs('state', entry.toState, result.row.state);
    const was = messagesOf(entry);
    const wouldBe = messagesOf(result.entry);
    if (!isDeepStrictEqual(was, wouldBe)) return differs('messages', ...inWords(was, wouldBe, birth.id));
    row = result.row;
  }
  return null;
}

/** The brake that was in force, as far as the saga met it. */
function brakesIn({ change: { braked } }: Pick<JournalEntry, 'change'>): Brakes {
  return braked === undefined ? NO_BRAKES : new Map([[braked.command, braked.id]]);
}

/**
 * The message as its author would have sent it to this row: a timer under the number the row has armed it, an action on
 * the revision the row shows. Numbers that only count do not make a saga go another way.
 */
function asOf(row: SagaRow, { message, origin }: Pick<JournalEntry, 'message' | 'origin'>): Incoming {
  if (message.type === TIMER) {
    const data = message.data as { name: string; generation: number };
    const generation = row.pending.timers[data.name]?.generation ?? data.generation;
    return { origin, envelope: { ...message, data: { ...data, generation } } };
  }
  if (message.type === ACTION) {
    // Its plan held when it was taken; what differs now, the comparison of messages finds.
    const { planHash: _, ...data } = message.data as { revision: number | null; planHash?: string };
    const revision = data.revision === null ? null : row.revision;
    return { origin, envelope: { ...message, data: { ...data, revision } } };
  }
  return { origin, envelope: message };
}

/** A message out, without what depends on the clock, on tracing and on configured limits. */
interface Plain {
  readonly topic: string;
  readonly id: string;
  readonly type: string;
  readonly expires: boolean;
  readonly data: unknown;
}

function messagesOf({ out, change }: Pick<JournalEntry, 'out' | 'change'>): Plain[] {
  const plain = ({ topic, event }: Sent): Plain => ({
    topic,
    id: event.id,
    type: event.type,
    expires: event.deadline !== undefined,
    // As JSON has it: a field that is undefined is none.
    data: JSON.parse(JSON.stringify(event.data ?? null)),
  });
  const again = (change.resent ?? []).map((id) => ({
    topic: '',
    id,
    type: 'again',
    expires: false,
    data: null,
  }));
  return [...out.map(plain), ...again];
}

function inWords(was: readonly Plain[], wouldBe: readonly Plain[], sagaId: string): [string, string] {
  const named = (all: readonly Plain[]) =>
    all
      .map(({ id, type }) => (type === 'again' ? `${shortOf(id, sagaId)} again` : shortOf(id, sagaId)))
      .join(', ');
  if (named(was) !== named(wouldBe)) return [named(was) || 'nothing sent', named(wouldBe) || 'nothing sent'];
  const at = was.findIndex((one, i) => !isDeepStrictEqual(one, wouldBe[i]));
  const [a, b] = [fieldsOf(was[at]), fieldsOf(wouldBe[at])];
  const differing = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    (field) => !isDeepStrictEqual(a[field], b[field]),
  );
  const text = (fields: Record<string, unknown>) =>
    `${shortOf(was[at]?.id ?? '', sagaId)} ${differing.map((field) => `${field}: ${JSON.stringify(fields[field])}`).join(', ')}`;
  return [text(a).slice(0, SHOWN_MAX), text(b).slice(0, SHOWN_MAX)];
}

/** A message's fields side by side, for naming those that differ. */
function fieldsOf(message: Plain | undefined): Record<string, unknown> {
  if (message === undefined) return {};
  const { topic, expires, data } = message;
  return { topic, expires, ...(typeof data === 'object' && data !== null ? data : { data }) };
}

function shortOf(id: string, sagaId: string): string {
  return commandTypeOf(id, sagaId) === null ? id : id.slice(sagaId.length + 1);
}
