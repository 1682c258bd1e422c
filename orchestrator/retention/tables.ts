/** Every table there is: what it grows with, how it is divided, and what ends its rows. A test compares it with the catalog. */
import { PARTICIPANT_TABLES } from '#participants/registry.ts';
import type { PartitionedTable } from '#platform/postgres/month-partitions.ts';
import { PARTITIONED } from '../store/tables.ts';

/**
 * Data with a time of its own to be kept. `orders`: all that belongs to an order, in every owner's tables, for the ledger's
 * rules join them. `movements`: the changes of stock. `coupons`, `dead-letters`: rows deleted one by one.
 */
export const KINDS = ['orders', 'movements', 'coupons', 'dead-letters'] as const;
export type Kind = (typeof KINDS)[number];

export interface TableEntry {
  readonly name: string;
  /** Rows an order leaves, or what else it grows with. */
  readonly growth: string;
  readonly kind: Kind | 'kept';
  /** A month's partition is dropped; rows are deleted in batches; or nothing is. */
  readonly by: 'month' | 'batches' | 'never';
  /** Why it has no partitions, or is kept. */
  readonly why?: string;
}

const month = (growth: string, kind: Kind = 'orders') => ({ growth, kind, by: 'month' }) as const;
const batches = (growth: string, kind: Kind, why: string) => ({ growth, kind, by: 'batches', why }) as const;
const kept = (growth: string, why: string) => ({ growth, kind: 'kept', by: 'never', why }) as const;

export const TABLES: readonly TableEntry[] = Object.entries({
  'orchestrator.sagas': month('1'),
  'orchestrator.journal': month('5'),
  'orchestrator.unmatched': month('repeats, at most 50 a saga'),
  'orchestrator.orders': batches(
    '1',
    'orders',
    'a customer’s Idempotency-Key is unique in all months, and a customer’s orders are one range of one index',
  ),
  'inventory.inbox': month('2'),
  'inventory.reservations': month('1'),
  'inventory.movements': month('2', 'movements'),
  'payment.inbox': month('1'),
  'payment.intents': month('1'),
  'payment.undos': month('refunds'),
  'payment.reversals': month('refunds and disputes'),
  'payment.incidents': month('incidents'),
  'shipping.inbox': month('1'),
  'shipping.shipments': month('1'),
  'notification.mails': month('1'),
  'coupon.inbox': month('1 with a coupon'),
  'coupon.coupons': batches(
    'coupons issued',
    'coupons',
    'a user has one coupon of a campaign, and an order one coupon, in all months',
  ),
  'orchestrator.dead_letters': batches(
    'parked messages',
    'dead-letters',
    'its key is the topic’s offset; rows are few',
  ),
  'orchestrator.dead_letter_claims': kept('letters being sent', 'a row goes once its letter is sent'),
  'orchestrator.batches': batches('acts on many targets', 'dead-letters', 'few, and its items are its own'),
  'orchestrator.batch_items': batches('targets of batches', 'dead-letters', 'they go with their batch'),
  'orchestrator.dead_letter_logs': kept('recreated topics', 'rare, and the keys of dead letters'),
  'orchestrator.actions': kept(
    'people’s actions',
    'the audit is append-only, and each hash bears the one before',
  ),
  'orchestrator.retention': kept('months', 'says which months are gone'),
  'orchestrator.erasures': kept('requests to erase', 'each names an entry of the audit, and nobody'),
  'orchestrator.saved_views': kept('views that people save', 'few, and people delete them'),
  'orchestrator.activations': kept('activations', 'few, and each a part of the audit'),
  'orchestrator.brakes': kept('brakes', 'few, and entries of the audit name them'),
  'orchestrator.engines': kept('engines', 'one row a process; old ones are deleted'),
  'identity.api_keys': kept('keys of backends', 'few, and entries of the audit name them'),
  'identity.ended_tokens': kept(
    'tokens ended early',
    'a row lives eight days: the API deletes it once the tokens have expired',
  ),
  'continuity.beats': kept('nothing', 'one row'),
  'inventory.stock': kept('skus', 'the stock'),
  'inventory.corrections': kept('corrections of stock', 'few, and each names who made it'),
  'inventory.carried': kept('skus', 'the sums of dropped months'),
  'inventory.carried_until': kept('nothing', 'two rows'),
  'payment.checkpoints': kept('nothing', 'one row a list'),
  'payment.gateway_paces': kept('nothing', 'one row a gateway'),
  'coupon.campaigns': kept('campaigns', 'few, and coupons belong to them'),
  'coupon.checkpoints': kept('nothing', 'one row a partition'),
  'coupon.epoch': kept('nothing', 'one row'),
  'coupon.lost': kept('lost ranges', 'rare, and answers to old requests'),
  'coupon.request_logs': kept('recreated topics', 'rare, and answers to old requests'),
}).map(([name, entry]) => ({ name, ...entry }));

const PARTITIONED_BY_MONTH = [...PARTITIONED, ...PARTICIPANT_TABLES] as readonly PartitionedTable[];

/** The tables of a kind whose months are dropped. The sagas come last: while they are there, the month is plainly unfinished. */
export function monthTables(kind: Kind): PartitionedTable[] {
  const names = new Set(
    TABLES.filter((one) => one.kind === kind && one.by === 'month').map(({ name }) => name),
  );
  const found = PARTITIONED_BY_MONTH.filter(({ name }) => names.has(name));
  return found.sort((a, b) => Number(a.name === SAGAS) - Number(b.name === SAGAS));
}

const SAGAS = 'orchestrator.sagas';

/** The schema of a table, which names its owner. */
export function schemaOf(table: string): string {
  return table.slice(0, table.indexOf('.'));
}
