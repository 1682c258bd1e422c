/** Rebuilds the orders and sagas that were accepted after the database's time, and moves every saga as the engine moved it. */
import type { Registered, SagaDefinition } from '#engine/definition/definition.ts';
import { newSaga } from '#engine/definition/start-message.ts';
import { readIncoming } from '#engine/read-message.ts';
import type { Incoming } from '#engine/saga.ts';
import { FIRST_CHECK_MS } from '#engine/step/transition-result.ts';
import { definitionKey, stepBatch } from '#engine/step-batch.ts';
import { acceptedData } from '#orchestrator/http/intake/birth-message.ts';
import { listedColumns } from '#orchestrator/http/listed-columns.ts';
import { engineStore } from '#orchestrator/store/engine-store.ts';
import { type Birth, intakeStore } from '#orchestrator/store/intake-store.ts';
import type { Database } from '#platform/postgres/database.ts';
import type { InRecord, OutMessage } from '#protocol/envelope.ts';
import type { ReplyKeys } from '#protocol/reply-signature.ts';
import type { Gap, Said } from './gap.ts';
import type { Tally } from './report.ts';

const BIRTHS_AT_ONCE = 500;
const RECORDS_AT_ONCE = 200;

/** Inserts what is missing; then names the orders of which the logs have a trace, and no input. */
export async function rebuildBirths(
  db: Database,
  definitions: readonly Registered[],
  gap: Gap,
  tally: Tally,
): Promise<void> {
  const births = [...gap.births.values()].flatMap((said) => birthOf(definitions, said) ?? []);
  for (let from = 0; from < births.length; from += BIRTHS_AT_ONCE) {
    const inserted = await intakeStore(db).insert(births.slice(from, from + BIRTHS_AT_ONCE));
    tally.add('orders accepted since', inserted.size);
  }
  const traces = new Set(
    [...gap.commands.values()]
      .map(({ received }) => received.sagaId)
      .concat(gap.ends.map(({ envelope }) => envelope.subject)),
  );
  for (const record of gap.engine)
    if (record.topic === 'order-created' && record.key !== null) traces.add(record.key);
  const ids = [...traces];
  const found = await db.query<{ id: string }>(
    'SELECT id::text FROM orchestrator.sagas WHERE id = ANY ($1::uuid[])',
    ids,
  );
  const known = new Set(found.map(({ id }) => id));
  for (const id of ids.filter((one) => !known.has(one)))
    tally.lose('order', id, 'it was accepted, and the logs lack its input');
}

function birthOf(definitions: readonly Registered[], { envelope }: Said): Birth[] | null {
  const parsed = acceptedData.safeParse(envelope.data);
  if (!parsed.success) return null;
  const {
    definition: name,
    definitionVersion,
    partition,
    input,
    idempotencyKey,
    requestHash,
    traceparent,
  } = parsed.data;
  const definition = definitions.find((one) => one.name === name && one.version === definitionVersion);
  if (definition === undefined) return null;
  const createdAt = new Date(envelope.time);
  const { amount, currency } = listedColumns(definition as Registered & SagaDefinition, input);
  return [
    {
      ...newSaga(definition, {
        ...{ id: envelope.subject, partition, input, createdAt },
        ...(traceparent !== undefined && { traceparent }),
      }),
      ...{ idempotencyKey, requestHash, currency: currency ?? '', amount: amount ?? 0 },
      dueAt: new Date(createdAt.getTime() + FIRST_CHECK_MS),
    },
  ];
}

/**
 * Steps everything that the engine read, in the order of the brokers' clock. What no saga waited for comes once more at the end, for
 * two records of one millisecond have no order.
 * @returns the messages that follow and are in no log
 */
export async function moveSagas(
  db: Database,
  definitions: readonly Registered[],
  gap: Gap,
  keys: ReplyKeys | null,
  tally: Tally,
): Promise<OutMessage[]> {
  const known = new Map(definitions.map((one) => [definitionKey(one.name, one.version), one]));
  const store = engineStore(db);
  const brakes = await brakesIn(db);
  const unsent = new Map<string, OutMessage>();
  const stepAll = async (records: readonly InRecord[]): Promise<Incoming[]> => {
    const left: Incoming[] = [];
    for (let from = 0; from < records.length; from += RECORDS_AT_ONCE) {
      const some = records.slice(from, from + RECORDS_AT_ONCE);
      const incoming = some.flatMap((record) => incomingOf(definitions, record, keys));
      const nowMs = some.at(-1)?.timestamp ?? 0;
      const { moves, out, unmatched, faults } = await stepBatch(known, store, incoming, nowMs, { brakes });
      for (const { entries } of moves) tally.add('moves of sagas', entries.length);
      for (const { incoming: one, error } of faults)
        tally.lose('message', one.envelope.id, `its saga cannot take it: ${String(error)}`);
      for (const message of out) {
        const { id } = JSON.parse(String(message.value)) as { id: string };
        if (!gap.ids.has(id)) unsent.set(`${message.topic} ${id}`, message);
      }
      left.push(...unmatched.map((one) => one.incoming));
    }
    return left;
  };
  const placeOf = ({ topic, partition, offset }: Pick<InRecord, 'topic' | 'partition' | 'offset'>) =>
    `${topic}/${partition}/${offset}`;
  let waiting: readonly InRecord[] = gap.engine;
  for (;;) {
    const left = new Set((await stepAll(waiting)).map(({ origin }) => placeOf(origin)));
    const again = waiting.filter((record) => left.has(placeOf(record)));
    if (again.length === 0 || again.length === waiting.length) break;
    waiting = again;
  }
  return [...unsent.values()];
}

function incomingOf(
  definitions: readonly Registered[],
  record: InRecord,
  keys: ReplyKeys | null,
): Incoming[] {
  try {
    return [readIncoming(definitions, record, keys)];
  } catch {
    // The engine parked it.
    return [];
  }
}

async function brakesIn(db: Database): Promise<ReadonlyMap<string, string>> {
  const rows = await db.query<{ id: string; holds: string }>(
    'SELECT id::text, holds FROM orchestrator.brakes WHERE opened_at IS NULL ORDER BY set_at, id',
  );
  return new Map(rows.map(({ id, holds }) => [holds, id]));
}
