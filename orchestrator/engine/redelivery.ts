/** Publishes the outputs of a redelivered message again: a crash may have lost them before the brokers acknowledged them. */
import { encode } from '#protocol/codec.ts';
import type { OutMessage } from '#protocol/envelope.ts';
import { ACTION } from './control.ts';
import type { Store, Unmatched } from './ports.ts';
import type { Incoming, SagaRow, Sent } from './saga.ts';

/** The reason under which a message that a saga had taken before is recorded. */
export const REPEAT = 'repeat';

interface JournalKey {
  readonly sagaId: string;
  readonly messageId: string;
}

/** A message's key in the journal. */
export function keyOf({ envelope }: Incoming): JournalKey {
  return { sagaId: envelope.subject, messageId: envelope.id };
}

/** The key as one text, for maps. */
export function textOf({ sagaId, messageId }: JournalKey): string {
  return `${sagaId} ${messageId}`;
}

/**
 * Sorts messages without a correlation. A redelivered one (journalled from this very offset) may have lost its outputs in
 * a crash: the events, and the commands that the saga still awaits, are published again. A repeat (journalled from another
 * offset) changes nothing. Any other message is unmatched.
 * @param startIdOf the id of a saga's start event: an action may have started its saga, from the action's offset
 */
export async function redeliver(
  store: Store,
  noted: readonly Unmatched[],
  rows: ReadonlyMap<string, SagaRow>,
  startIdOf: (row: SagaRow) => string | undefined,
): Promise<{ out: OutMessage[]; unknown: Unmatched[]; repeats: Unmatched[] }> {
  if (noted.length === 0) return { out: [], unknown: [], repeats: [] };
  const known = noted.filter((unmatched) => rows.has(unmatched.incoming.envelope.subject));
  const startKeyOf = ({ envelope: { type, subject } }: Incoming): JournalKey[] => {
    const row = type === ACTION ? rows.get(subject) : undefined;
    const messageId = row && startIdOf(row);
    return messageId === undefined ? [] : [{ sagaId: subject, messageId }];
  };
  const recorded = await store.readJournal(
    known.flatMap(({ incoming }) => [...startKeyOf(incoming), keyOf(incoming)]),
  );
  const byId = new Map(recorded.map((entry) => [textOf(entry), entry]));
  const out: OutMessage[] = [];
  const unknown: Unmatched[] = [];
  const repeats: Unmatched[] = [];
  for (const unmatched of noted) {
    const { envelope, origin } = unmatched.incoming;
    const entry = byId.get(textOf(keyOf(unmatched.incoming)));
    const row = rows.get(envelope.subject);
    if (entry === undefined || row === undefined) {
      unknown.push(unmatched);
    } else if (sameOrigin(entry.origin, origin)) {
      const started = startKeyOf(unmatched.incoming).flatMap((key) => byId.get(textOf(key)) ?? []);
      for (const { out: sent } of [...started.filter((one) => sameOrigin(one.origin, origin)), entry])
        out.push(...sent.filter((one) => isStillOwed(one, row)).map(toMessage));
      out.push(...(await store.readCommands(resentBy(row, entry.change.resent))));
    } else {
      repeats.push({ incoming: unmatched.incoming, reason: REPEAT });
    }
  }
  return { out, unknown, repeats };
}

/** Publishes a command again while the saga awaits its answer, an event always. */
function isStillOwed({ event }: Sent, row: SagaRow): boolean {
  const isCommand = row.pending.issued[event.type] !== undefined;
  return !isCommand || row.pending.awaiting[event.id] !== undefined;
}

/** The commands a transition sent again, as far as they are still awaited. */
export function resentBy(
  row: SagaRow,
  resent: readonly string[] = [],
): Array<{ sagaId: string; version: number; commandId: string }> {
  return resent.flatMap((commandId) => {
    const awaited = row.pending.awaiting[commandId];
    return awaited === undefined ? [] : [{ sagaId: row.id, version: awaited.version, commandId }];
  });
}

/** A journalled message as it is published: the same text each time. */
export function toMessage({ topic, event }: Sent): OutMessage {
  return { topic, key: event.subject, value: encode(event) };
}

function sameOrigin(a: Incoming['origin'], b: Incoming['origin']): boolean {
  return a.topic === b.topic && a.partition === b.partition && a.offset === b.offset;
}
