/** Checks the ledger in rounds until it is closed: reads a slice or a table, notes what is violated, and rests. */
import { type Backoff, backoffMs } from '#platform/batching/retry.ts';
import { type Database, isDataFault, sqlState } from '#platform/postgres/database.ts';
import type { Logger } from '#platform/process/log.ts';
import { messageOf } from '#protocol/errors.ts';
import type { Limits, OrderInvariant, WholeInvariant } from './invariant.ts';
import { INVARIANTS } from './invariants/index.ts';
import { type KnownViolation, openKnownViolations } from './known-violations.ts';
import { checkedAt, checkSeconds, gaugeOldest, ordersChecked, violations } from './metrics.ts';
import { openOwnTime } from './own-time.ts';
import { LOWEST, openRounds, type Pass, type Rest, type SliceTurn } from './rounds.ts';
import { keptFrom } from './slice/order-tables.ts';
import { type Found, lowerEnd, sliceJudge } from './slice/slice-statement.ts';
import { openSliceSize } from './slice-size.ts';
import { openTableRounds, type TableTurn } from './table-rounds.ts';

const RETRY: Backoff = { firstMs: 500, maxMs: 10_000, jitter: 0.2 };
/** A statement that the server gave up after its time limit. */
const CANCELLED = '57014';
/** The parts of the budget. A rule of a whole table may take minutes, for which the orders must not wait. */
const PARTS = { orders: 0.75, tables: 0.25 };
/** New violations of one check that are logged one by one. */
const MOST_LOGGED = 20;

const isWhole = (one: OrderInvariant | WholeInvariant): one is WholeInvariant => 'shows' in one;
const TABLE_RULES = INVARIANTS.filter(isWhole);
const ORDER_RULES = INVARIANTS.filter((one): one is OrderInvariant => !isWhole(one));

export interface AuditParts {
  /** For slices: short statements on ranges. */
  readonly slices: Database;
  /** For rules of whole tables, which may take minutes. */
  readonly tables: Database;
  /** Processors that the statements and this process may use on the average: 0.02 for 1 % of two. */
  readonly cores: number;
  readonly limits: Limits;
  readonly log: Logger;
  readonly now: () => number;
  /** Waits, or ends early when the signal does. */
  readonly rest: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The state of the checks. */
export interface AuditReport {
  readonly pass: Pass;
  readonly ordersChecked: number;
  /** When the last check of everything that ended began, by invariant, ms. */
  readonly checkedAt: ReadonlyMap<string, number>;
  count(invariant: string): number;
  first(most: number): KnownViolation[];
}

export interface Audit {
  readonly report: AuditReport;
  close(): Promise<void>;
}

/** Begins to check. */
export function openAudit({ slices, tables, cores, limits, log, now, rest }: AuditParts): Audit {
  const startedAt = now();
  const rounds = openRounds(cores * PARTS.orders, startedAt);
  const names = TABLE_RULES.map(({ name }) => name);
  const tableRounds = openTableRounds(names, cores * PARTS.tables, startedAt);
  const known = openKnownViolations();
  const size = openSliceSize();
  const ownTime = openOwnTime(
    () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    cores * PARTS.orders,
    startedAt,
  );
  const judge = sliceJudge(ORDER_RULES, limits);
  const checked = new Map<string, number>();
  const closing = new AbortController();
  let orders = 0;
  let oldestAt = startedAt;
  gaugeOldest(() => (now() - oldestAt) / 1000);
  for (const { name } of INVARIANTS) {
    violations.set({ invariant: name }, 0);
    checkedAt.set({ invariant: name }, 0);
  }

  const noteNew = (found: readonly KnownViolation[]) => {
    for (const { invariant, orderId } of found.slice(0, MOST_LOGGED)) {
      log.warn('ledger-violated', { invariant, ...(orderId !== null && { orderId }) });
    }
    const count = found.length - MOST_LOGGED;
    if (count > 0) log.warn('ledger-violated-often', { count });
    for (const { name } of INVARIANTS) violations.set({ invariant: name }, known.count(name));
  };
  const noteChecked = (invariant: string, at: number) => {
    checked.set(invariant, at);
    checkedAt.set({ invariant }, at / 1000);
  };

  /** Checks a slice; one that cannot be judged is made smaller, down to a single order, which is then passed over. */
  const checkSlice = async (turn: SliceTurn): Promise<void> => {
    const began = performance.now();
    const wanted = size.orders;
    let low = LOWEST;
    let found: readonly Found[] = [];
    let isJudged = true;
    try {
      const finding = await slices.transaction(async (sql) => {
        const end = await lowerEnd(sql, turn.high, wanted);
        low = end === null || end < turn.lowest ? turn.lowest : end;
        const from = await keptFrom(sql);
        if (from !== null && from >= turn.high) return { orders: 0, found: [] };
        return judge(sql, from !== null && from > low ? from : low, turn.high);
      });
      found = finding.found;
      orders += finding.orders;
      ordersChecked.inc(finding.orders);
      size.judged(finding.orders, performance.now() - began);
    } catch (error) {
      const isData = isDataFault(error);
      if (!isData && sqlState(error)?.state !== CANCELLED) throw error;
      size.failed();
      if (wanted > 1) return rounds.spend(performance.now() - began, now());
      isJudged = isData;
      log.warn('order-not-judged', { orderId: low, code: sqlState(error)?.state });
      if (isData) found = [unreadable(low, sqlState(error)?.state)];
    }
    const usedMs = performance.now() - began;
    checkSeconds.observe(usedMs / 1000);
    noteNew(known.sliceChecked({ low, high: turn.high, found }, now()));
    const ended = rounds.ended(turn, low, usedMs + ownTime.take(now()), now(), isJudged);
    if (ended?.isWhole !== true) return;
    oldestAt = ended.startedAt;
    for (const { name } of ORDER_RULES) noteChecked(name, ended.startedAt);
  };

  const checkTable = async (turn: TableTurn): Promise<void> => {
    const { invariant } = turn;
    const began = performance.now();
    const beganAt = now();
    const rule = TABLE_RULES.find(({ name }) => name === invariant);
    try {
      const finding = await tables.transaction(async (sql) => rule?.judge({ sql, limits }));
      if (finding !== undefined) noteNew(known.tableChecked(invariant, finding, now()));
      noteChecked(invariant, beganAt);
      checkSeconds.observe((performance.now() - began) / 1000);
    } finally {
      tableRounds.ended(turn, performance.now() - began, now());
    }
  };

  /** Takes turns until closed. A failure is retried: the database may be away, or a standby may have cancelled a statement. */
  const run = async <Turn extends { readonly kind: string }>(
    next: () => Turn | Rest,
    check: (turn: Turn) => Promise<void>,
  ): Promise<void> => {
    let failures = 0;
    while (!closing.signal.aborted) {
      const turn = next();
      try {
        if (isRest(turn)) await rest(turn.untilMs - now(), closing.signal);
        else await check(turn);
        failures = 0;
      } catch (error) {
        if (closing.signal.aborted) return;
        if (error instanceof TypeError || error instanceof ReferenceError) throw error;
        log.throttled('audit', 'ledger-check-failed', { error: messageOf(error) });
        await rest(backoffMs(failures++, RETRY, Math.random), closing.signal);
      }
    }
  };
  const running = Promise.all([
    run(() => rounds.next(now()), checkSlice),
    run(() => tableRounds.next(now()), checkTable),
  ]);

  return {
    report: {
      get pass() {
        return rounds.pass;
      },
      get ordersChecked() {
        return orders;
      },
      checkedAt: checked,
      count: known.count,
      first: known.first,
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

function isRest(turn: { readonly kind: string }): turn is Rest {
  return turn.kind === 'rest';
}

/** An order whose rows hold something that no rule can read. */
function unreadable(orderId: string, code = ''): Found {
  const [first] = ORDER_RULES;
  return { invariant: first?.name ?? '', id: orderId, orderId, what: `cannot be judged: SQLSTATE ${code}` };
}
