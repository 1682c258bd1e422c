/**
 * The ledger's invariants on books in memory, once all has come to rest: the rules of `scripts/ledger/invariants`, each
 * named as there. On PostgreSQL that ledger itself judges.
 */
import type { Registered } from '../../orchestrator/engine/define.ts';
import type { JournalEntry } from '../../orchestrator/engine/saga.ts';
import type { Birth } from '../../orchestrator/store/intake-store.ts';
import type { StoredSaga } from '../../orchestrator/store/memory-store.ts';
import type { RedeemableCoupon } from '../../participants/coupon/redemption-store.ts';
import type { StoredCommand } from '../../participants/harness/memory-inbox.ts';
import type { Level, Movement, Reservation } from '../../participants/inventory/store.ts';
import type { StoredIntent } from '../../participants/payment/memory/intents.ts';
import type { StoredShipment } from '../../participants/shipping/memory-store.ts';
import type { GatewayBook } from '../ledger/gateway-books.ts';
import { couponsAreTold, holdsItsCoupon } from './judge-coupons.ts';

/** Everything that is written anywhere. */
export interface Snapshot {
  readonly orders: ReadonlyMap<string, Birth>;
  readonly sagas: ReadonlyMap<string, StoredSaga>;
  readonly journal: ReadonlyMap<string, readonly JournalEntry[]>;
  readonly inboxes: readonly StoredCommand[];
  readonly stock: ReadonlyMap<string, Level>;
  readonly movements: readonly Movement[];
  readonly reservations: readonly Reservation[];
  readonly intents: readonly StoredIntent[];
  readonly shipments: readonly StoredShipment[];
  readonly coupons: readonly RedeemableCoupon[];
  readonly mails: ReadonlyArray<{ readonly eventId: string; readonly orderId: string }>;
  readonly gateway: readonly GatewayBook[];
}

/** An order with all that concerns it. */
interface Case {
  readonly id: string;
  readonly saga: StoredSaga;
  readonly order: Birth;
  /** What is to be paid in the end. */
  readonly due: number;
  readonly books: Snapshot;
}

type Rule = (one: Case) => string | null;

/** What is wrong, one line each. */
export function judgeBooks(books: Snapshot, definition: Registered): string[] {
  const wrong: string[] = [];
  for (const [id, order] of books.orders) {
    const saga = books.sagas.get(id);
    if (saga === undefined) {
      wrong.push(`every order ends: ${id}: an order without a saga`);
      continue;
    }
    const discount = Number(saga.row.context['discount'] ?? 0);
    const one = { id, saga, order, due: Math.max(0, order.amount - discount), books };
    for (const [name, rule] of Object.entries(RULES)) {
      const what = rule(one);
      if (what !== null) wrong.push(`${name}: ${id}: ${what}`);
    }
  }
  return [
    ...wrong,
    ...stockIsRight(books),
    ...effectsAreTold(books),
    ...couponsAreTold(books),
    ...answersFit(books, definition),
  ];
}

const RULES: Readonly<Record<string, Rule>> = {
  'every order ends': ({ saga: { row } }) => {
    if (row.status !== 'completed' && row.status !== 'failed') return `${row.status} in ${row.state}`;
    if (row.state !== row.status || row.endedAt === null) return `${row.status} in the state ${row.state}`;
    return row.stuck === null ? null : `stuck: ${row.stuck.code}`;
  },

  'money, our books': ({ id, saga: { row }, due, books }) => {
    const intents = books.intents.filter(({ sagaId }) => sagaId === id);
    if (intents.some(({ outcome }) => outcome === 'open')) return 'the outcome of a charge is unknown';
    const held = intents.filter(({ outcome, undoneAt }) => outcome === 'charged' && undoneAt === null);
    return moneyOf(
      row.status,
      held.reduce((sum, { amount }) => sum + amount, 0),
      due,
    );
  },

  'money, gateway': ({ id, saga: { row }, due, books }) => {
    const book = books.gateway.find(({ orderId }) => orderId === id);
    const held = (book?.charged ?? 0) - (book?.refunded ?? 0);
    return moneyOf(row.status, held, due);
  },

  reservations: ({ id, saga: { row }, books }) => {
    const mine = books.reservations.filter(({ sagaId, state }) => sagaId === id && state !== 'released');
    const states = mine.map(({ state }) => state).join(', ');
    if (row.status === 'failed') return states === '' ? null : `failed, and holds ${states}`;
    return states === 'confirmed' ? null : `completed with ${states || 'nothing'}`;
  },

  shipments: ({ id, saga: { row }, books }) => {
    const live = books.shipments.filter(({ sagaId, state }) => sagaId === id && state !== 'cancelled').length;
    return live === (row.status === 'completed' ? 1 : 0) ? null : `${row.status} with ${live} shipment(s)`;
  },

  redemptions: ({ saga: { row }, order, books }) => holdsItsCoupon(row, order, books.coupons),

  'journal sequence': ({ id, saga: { row }, books }) => {
    const entries = books.journal.get(id) ?? [];
    if (entries.length !== row.version) return `${entries.length} entries for version ${row.version}`;
    const gap = entries.find(
      ({ version, fromState }, i) => version !== i + 1 || (i > 0 && fromState !== entries[i - 1]?.toState),
    );
    if (gap !== undefined) return `entry ${gap.version} does not follow the one before`;
    return entries.at(-1)?.toState === row.state ? null : `the journal ends elsewhere than in ${row.state}`;
  },

  'journal messages': ({ id, books }) => {
    const ids = (books.journal.get(id) ?? []).map(({ messageId }) => messageId);
    return new Set(ids).size === ids.length ? null : 'a message was taken twice';
  },

  inboxes: ({ id, saga: { row }, books }) => {
    const known = books.inboxes.filter(({ sagaId }) => sagaId === id);
    const issued = Object.values(row.tickets.issued).reduce((sum, n) => sum + n, 0);
    if (known.some(({ state }) => state === 'open')) return 'a command is still open';
    return known.length === issued ? null : `${issued} commands issued, ${known.length} known to inboxes`;
  },

  'e-mails': ({ id, saga: { row }, books }) => {
    const about = books.mails.filter(({ orderId }) => orderId === id).map(({ eventId }) => eventId);
    return about.join() === `${id}/order.${row.status}`
      ? null
      : `${row.status}, and e-mails: ${about.join()}`;
  },
};

function moneyOf(status: string, held: number, due: number): string | null {
  const wanted = status === 'completed' ? due : 0;
  return held === wanted ? null : `${status}, and holds ${held} of ${wanted}`;
}

/** stock: levels are the sums of the movements and what orders hold, and never negative. */
function stockIsRight({ stock, movements, reservations }: Snapshot): string[] {
  return [...stock].flatMap(([sku, level]) => {
    const sum = (what: keyof Level) =>
      movements.reduce((total, one) => total + (one.sku === sku ? one[what] : 0), 0);
    const held = (wanted: Reservation['state']) =>
      reservations
        .filter(({ state }) => state === wanted)
        .flatMap(({ items }) => items)
        .reduce((total, item) => total + (item.sku === sku ? item.quantity : 0), 0);
    const { available, reserved, sold } = level;
    const isRight =
      Math.min(available, reserved, sold) >= 0 &&
      available === sum('available') &&
      reserved === sum('reserved') &&
      sold === sum('sold') &&
      reserved === held('reserved') &&
      sold === held('confirmed');
    return isRight ? [] : [`stock: ${sku}: available ${available}, reserved ${reserved}, sold ${sold}`];
  });
}

/** one effect a command: a command answered as done has exactly one effect, and every effect has its answer. */
function effectsAreTold({ inboxes, reservations, intents, shipments }: Snapshot): string[] {
  const told = (type: string) =>
    inboxes.filter(({ reply }) => reply?.includes(`"type":"${type}"`)).map(({ commandId }) => commandId);
  const pairs = {
    'inventory.reserved': reservations.map(({ commandId }) => commandId),
    'inventory.confirmed': reservations.flatMap(({ confirmedBy }) => confirmedBy ?? []),
    'payment.charged': intents
      .filter(({ outcome }) => outcome === 'charged')
      .map(({ commandId }) => commandId),
    'shipping.prepared': shipments.map(({ commandId }) => commandId),
  };
  return Object.entries(pairs).flatMap(([type, done]) =>
    done.sort().join() === told(type).sort().join()
      ? []
      : [`one effect a command: ${type}: ${done} were done`],
  );
}

/** inboxes: a reply is that of its own command, and of a type the command permits. */
function answersFit({ inboxes }: Snapshot, definition: Registered): string[] {
  return inboxes.flatMap(({ commandId, type, state, reply }) => {
    if (state !== 'answered') return reply === null ? [] : [`inboxes: ${commandId}: ${state} with a reply`];
    const said = JSON.parse(reply ?? '{}') as { type?: string; commandid?: string };
    const contract = definition.commands[type]?.contract.commands[type];
    const fits =
      said.commandid === commandId && [contract?.success, contract?.refusal].includes(said.type ?? '');
    return fits ? [] : [`inboxes: ${commandId}: answered with ${said.type} of ${said.commandid}`];
  });
}
