/** Every table there is: what it grows with, how it is divided, and what ends its rows. A test compares it with the catalog. */
import { OWNED_TABLES } from '#participants/registry.ts';
import type { PartitionedTable } from '#platform/postgres/month-partitions.ts';
import { batches, type Kind, kept, month, partitionedIn, type Table } from '#platform/postgres/tables.ts';

export const TABLES: readonly Table[] = [
  month('orchestrator.sagas', '1'),
  month('orchestrator.journal', '5'),
  month('orchestrator.unmatched', 'repeats, at most 50 a saga'),
  batches(
    'orchestrator.orders',
    '1',
    'orders',
    'a customer’s Idempotency-Key is unique in all months, and a customer’s orders are one range of one index',
  ),
  batches(
    'orchestrator.dead_letters',
    'parked messages',
    'dead-letters',
    'its key is the topic’s offset; rows are few',
  ),
  kept('orchestrator.dead_letter_claims', 'letters being sent', 'a row goes once its letter is sent'),
  batches('orchestrator.batches', 'acts on many targets', 'dead-letters', 'few, and its items are its own'),
  batches('orchestrator.batch_items', 'targets of batches', 'dead-letters', 'they go with their batch'),
  kept('orchestrator.dead_letter_logs', 'recreated topics', 'rare, and the keys of dead letters'),
  kept(
    'orchestrator.actions',
    'people’s actions',
    'the audit is append-only, and each hash bears the one before',
  ),
  kept('orchestrator.retention', 'months', 'says which months are gone'),
  kept('orchestrator.erasures', 'requests to erase', 'each names an entry of the audit, and nobody'),
  kept('orchestrator.saved_views', 'views that people save', 'few, and people delete them'),
  kept('orchestrator.activations', 'activations', 'few, and each a part of the audit'),
  kept('orchestrator.brakes', 'brakes', 'few, and entries of the audit name them'),
  kept('orchestrator.engines', 'engines', 'one row a process; old ones are deleted'),
  kept('identity.api_keys', 'keys of backends', 'few, and entries of the audit name them'),
  kept(
    'identity.ended_tokens',
    'tokens ended early',
    'a row lives eight days: the API deletes it once the tokens have expired',
  ),
  kept('continuity.beats', 'nothing', 'one row'),
  ...OWNED_TABLES,
];

/** The tables of a kind whose months are dropped. The sagas come last: while they are there, the month is plainly unfinished. */
export function monthTables(kind: Kind): PartitionedTable[] {
  const found = partitionedIn(TABLES.filter((one) => one.kind === kind));
  return found.sort((a, b) => Number(a.name === SAGAS) - Number(b.name === SAGAS));
}

const SAGAS = 'orchestrator.sagas';

/** The schema of a table, which names its owner. */
export function schemaOf(table: string): string {
  return table.slice(0, table.indexOf('.'));
}
