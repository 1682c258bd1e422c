/**
 * Decides which orders are checked next: the newest again and again, and in turn with them all, from the newest to the oldest, for
 * ever. Pure: the clock is passed in.
 */
import { uuidv7Floor } from '#protocol/ids.ts';
import { openBudget } from './budget.ts';

/** Below and above every id. */
export const LOWEST = '00000000-0000-0000-0000-000000000000';
export const HIGHEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** How often a round begins, ms; later where the budget does not allow it. */
export const ROUND_EVERY_MS = 20_000;
/** The newest orders: they end, and their e-mails are sent, within this time. */
const NEWEST_MS = 120_000;
/** A round of the newest orders that takes longer begins again: what happens now is worth more than the rest of it. */
const NEWEST_WITHIN_MS = 60_000;

/** A slice to check: orders below an id. */
export interface SliceTurn {
  readonly kind: 'newest' | 'all';
  readonly high: string;
  /** The slice ends here at the latest. */
  readonly lowest: string;
}

/** Nothing is due before. */
export interface Rest {
  readonly kind: 'rest';
  readonly untilMs: number;
}

/** How far the present check of all orders has come. */
export interface Pass {
  readonly startedAt: number;
  /** All orders with this id or a higher one were checked. */
  readonly reached: string;
  /** Whether every slice of it could be judged. */
  readonly isWhole: boolean;
}

export interface Rounds {
  next(now: number): SliceTurn | Rest;
  /** A slice was checked down to `low`. @returns the pass that it completed */
  ended(turn: SliceTurn, low: string, usedMs: number, now: number, isJudged?: boolean): Pass | null;
  /** Time was used without an end of a slice. */
  spend(usedMs: number, now: number): void;
  readonly pass: Pass;
}

interface Round {
  readonly high: string;
  readonly lowest: string;
  readonly startedAt: number;
  readonly isWhole: boolean;
}

/** @param cores of a processor that the checks may use on the average */
export function openRounds(cores: number, now: number): Rounds {
  const budget = openBudget(cores, now);
  const idle: Round = { high: LOWEST, lowest: LOWEST, startedAt: now - ROUND_EVERY_MS, isWhole: true };
  const rounds = { newest: idle, all: idle };
  let last: SliceTurn['kind'] = 'all';

  /** The slice of a kind that is due, which may begin a round; or when it will be. */
  const slice = (kind: SliceTurn['kind'], at: number): SliceTurn | number => {
    const { high, lowest, startedAt } = rounds[kind];
    const isUnderWay = high > lowest && (kind === 'all' || at - startedAt < NEWEST_WITHIN_MS);
    if (isUnderWay) return { kind, high, lowest };
    if (at < startedAt + ROUND_EVERY_MS) return startedAt + ROUND_EVERY_MS;
    const floor = kind === 'all' ? LOWEST : uuidv7Floor(at - NEWEST_MS);
    rounds[kind] = { high: HIGHEST, lowest: floor, startedAt: at, isWhole: true };
    return { kind, high: HIGHEST, lowest: floor };
  };

  return {
    next(at) {
      if (budget.freeAt > at) return { kind: 'rest', untilMs: budget.freeAt };
      const kinds = last === 'newest' ? (['all', 'newest'] as const) : (['newest', 'all'] as const);
      let untilMs = Number.POSITIVE_INFINITY;
      for (const kind of kinds) {
        const turn = slice(kind, at);
        if (typeof turn !== 'number') return turn;
        untilMs = Math.min(untilMs, turn);
      }
      return { kind: 'rest', untilMs };
    },
    ended({ kind }, low, usedMs, at, isJudged = true) {
      budget.spend(usedMs, at);
      last = kind;
      const round = rounds[kind];
      const isWhole = round.isWhole && isJudged;
      rounds[kind] = { ...round, high: low, isWhole };
      return kind === 'all' && low === LOWEST ? { startedAt: round.startedAt, reached: low, isWhole } : null;
    },
    spend: budget.spend,
    get pass() {
      const { startedAt, high, isWhole } = rounds.all;
      return { startedAt, reached: high, isWhole };
    },
  };
}
