/** Decides which rule of a whole table is checked next: each in its turn, for ever. Pure: the clock is passed in. */
import { openBudget } from './budget.ts';
import { type Rest, ROUND_EVERY_MS } from './rounds.ts';

export interface TableTurn {
  readonly kind: 'table';
  readonly invariant: string;
}

export interface TableRounds {
  next(now: number): TableTurn | Rest;
  ended(turn: TableTurn, usedMs: number, now: number): void;
}

/**
 * @param invariants the names of the rules
 * @param cores of a processor that the checks may use on the average
 */
export function openTableRounds(invariants: readonly string[], cores: number, now: number): TableRounds {
  const budget = openBudget(cores, now);
  const endedAt = new Map(invariants.map((name) => [name, now - ROUND_EVERY_MS]));
  return {
    next(at) {
      const [oldest] = [...endedAt].sort(([, a], [, b]) => a - b);
      if (oldest === undefined) return { kind: 'rest', untilMs: Number.POSITIVE_INFINITY };
      const [invariant, ended] = oldest;
      const dueAt = Math.max(budget.freeAt, ended + ROUND_EVERY_MS);
      return dueAt > at ? { kind: 'rest', untilMs: dueAt } : { kind: 'table', invariant };
    },
    ended({ invariant }, usedMs, at) {
      budget.spend(usedMs, at);
      endedAt.set(invariant, at);
    },
  };
}
