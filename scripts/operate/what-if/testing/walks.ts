/** For tests: orders that go every which way, stepped in memory by a seeded walker and written by the production store. */
import { contractOf } from '#engine/definition/definition.ts';
import type { ChainedEntry } from '#engine/journal-chain.ts';
import type { Move } from '#engine/ports.ts';
import { chained } from '#engine/testing/chained.ts';
import { start } from '#engine/testing/messages.ts';
import type { Delivered, SagaRun } from '#engine/testing/saga-run.ts';
import {
  action,
  couponOrder,
  deadline,
  found,
  order,
  reply,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import type { Bench } from '#orchestrator/store/testing/bench.ts';
import { newId } from '#orchestrator/store/testing/bench.ts';
import { Random } from '#scripts/verify/random.ts';

const STEPS_MAX = 30;
const MOVES_AT_ONCE = 200;

const DATA: Readonly<Record<string, object>> = {
  'coupon.redeemed': { discount: 500 },
  'payment.charged': { chargeId: 'ch_1', amount: 4_500, currency: 'EUR' },
  'shipping.prepared': { shipmentId: 'sh_1' },
};

/** One order from its birth to its end, or to where a person would have to come: as one move of its row. */
export function walk(random: () => number, id = newId()): Move {
  const input = { ...(random() < 0.3 ? couponOrder : order), amount: 1_000 + Math.floor(random() * 9_000) };
  const born = unstarted(input, id);
  const entries: ChainedEntry[] = [];
  let run = born;
  let dueAt: Date | null = null;
  const deliver = (delivered: Delivered) => {
    const next = run.when(delivered);
    if (next.last?.kind !== 'taken') return;
    // The journal's key: a message is accepted once.
    if (entries.some(({ messageId }) => messageId === next.message?.envelope.id)) return;
    dueAt = next.last.dueAt;
    const after = chained(run, next);
    run = after.run;
    entries.push(after.entry);
  };
  deliver(start());
  for (let i = 0; i < STEPS_MAX; i++) {
    const delivered = nextFor(run, random);
    if (delivered === null) break;
    deliver(delivered);
  }
  return { before: born.row, after: run.row, entries, dueAt };
}

/** Draws the next message: mostly a reply, now and then a time-out, a person's action, or a late success. */
function nextFor({ row, definition }: SagaRun, random: () => number): Delivered | null {
  const [awaited] = Object.entries(row.pending.awaiting);
  const delay = Object.keys(row.pending.timers)[0]?.split('.')[2];
  if (awaited === undefined) {
    const [notExecuted] = Object.entries(row.pending.givenUp).filter(
      ([, given]) => given.found === 'not-executed',
    );
    if (notExecuted === undefined || random() < 0.5) return null;
    const [commandId, { type }] = notExecuted;
    const { success } = contractOf(definition, type);
    return reply(success, { commandId, data: DATA[success] ?? {} });
  }
  const [commandId, { type, kind }] = awaited;
  const { success, refusal } = contractOf(definition, type);
  const dice = random();
  if (kind === 'forward') {
    if (dice < 0.8) return reply(success, { commandId, data: DATA[success] ?? {} });
    if (dice < 0.9) return reply(refusal, { commandId });
    if (dice < 0.95 && delay !== undefined) return deadline(delay);
    return action(dice < 0.975 ? 'compensate' : 'cancel', { actionId: newId() });
  }
  if (dice < 0.8) return found(success, dice < 0.4 ? 'undone' : 'not-executed');
  if (dice < 0.9 && delay !== undefined) return deadline(delay);
  return Object.keys(row.pending.refusedUndos).length > 0
    ? action('retry', { actionId: newId() })
    : reply(refusal, { commandId });
}

/** Writes `count` walks to a bench. Returns them. */
export async function fill(bench: Bench, count: number, seed: number): Promise<Move[]> {
  const random = new Random(seed).next;
  const moves = Array.from({ length: count }, () => walk(random));
  for (let from = 0; from < count; from += MOVES_AT_ONCE) {
    const some = moves.slice(from, from + MOVES_AT_ONCE);
    await Promise.all(some.map(({ before }) => bench.insertSaga(before, new Date(0))));
    await bench.store.write({ moves: some, outcomes: [] });
  }
  return moves;
}
