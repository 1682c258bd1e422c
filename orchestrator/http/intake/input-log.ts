/**
 * Writes what was accepted to a topic of its own, for a rewind alone: nobody waits for it. The sweeper does not know these records, so
 * what the brokers have not taken in time is read from its rows and sent again here, until they have. Of an API that was killed the last
 * seconds are sent by the next one that starts.
 */
import type { Outbox } from '#engine/ports.ts';
import type { Accepted, AcceptedStore } from '#orchestrator/store/accepted-store.ts';
import { publishWithin } from '#platform/batching/publication.ts';
import type { Logger } from '#platform/process/log.ts';
import { repeat } from '#platform/process/repeat.ts';
import { birthMessage } from './birth-message.ts';

const AGAIN_EVERY_MS = 5_000;
const AT_ONCE = 500;
/** Beyond so many on their way they are sent later, from their rows. */
const PUBLISHING_MAX = 10_000;
/** What an API may have stored and not sent before it was killed. */
const BEFORE_START_MS = 10_000;

export interface InputLogParts {
  readonly outbox: Outbox;
  readonly store: AcceptedStore;
  readonly log: Pick<Logger, 'throttled'>;
  readonly now: () => number;
  readonly againEveryMs?: number;
  /** How long the brokers may take; see `publishWithin`. */
  readonly withinMs?: number;
}

export interface InputLog {
  /** Begins to write what was stored just now. */
  write(born: readonly Accepted[]): void;
  /** Ends sending again; what is left is sent by the next API that starts, if that is soon. */
  close(): Promise<void>;
}

/** The sagas that are still to be sent: created since an instant, ms, or after an id, and before another instant. */
interface Span {
  readonly from: number | string;
  readonly untilMs: number;
}

/** Opens the log, and sends what an API before this one may have left. */
export function openInputLog(parts: InputLogParts): InputLog {
  const { outbox, store, log, now, againEveryMs = AGAIN_EVERY_MS, withinMs } = parts;
  let publishing = 0;
  let isClosed = false;
  const late: Span[] = [{ from: now() - BEFORE_START_MS, untilMs: now() }];

  /** One span for a whole outage: groups come in the order of their times, or nearly. */
  const isLate = (born: readonly Accepted[]) => {
    const times = born.map(({ createdAt }) => createdAt.getTime());
    const [from, untilMs] = [Math.min(...times), Math.max(...times) + 1];
    const last = late.at(-1);
    if (last !== undefined && typeof last.from === 'number' && from >= last.from)
      late[late.length - 1] = { from: last.from, untilMs: Math.max(last.untilMs, untilMs) };
    else late.push({ from, untilMs });
  };

  /** @returns whether all of a span has been sent */
  const sendAgain = async ({ from: first, untilMs }: Span): Promise<boolean> => {
    for (let from = first; ; ) {
      const some = await store.acceptedBetween(from, untilMs, AT_ONCE);
      const unsent = await publishWithin(outbox, some.map(birthMessage), withinMs);
      const last = some.at(-1);
      if (unsent.length > 0 || (isClosed && last !== undefined)) {
        late.unshift({ from, untilMs });
        return false;
      }
      if (last === undefined || some.length < AT_ONCE) return true;
      from = last.id;
    }
  };
  const again = async () => {
    for (let span = late.shift(); span !== undefined; span = late.shift()) {
      const sent = await sendAgain(span).catch((error: unknown) => {
        late.unshift(span as Span);
        throw error;
      });
      if (!sent) return;
    }
  };
  const repeating = repeat(again, {
    everyMs: againEveryMs,
    log,
    failed: 'inputs-not-sent',
    restsFirst: true,
  });

  return {
    write(born) {
      if (born.length === 0) return;
      if (publishing + born.length > PUBLISHING_MAX) return isLate(born);
      publishing += born.length;
      void publishWithin(outbox, born.map(birthMessage), withinMs)
        .then((left) => left.length > 0 && isLate(born))
        .finally(() => {
          publishing -= born.length;
        });
    },
    close() {
      isClosed = true;
      return repeating.close();
    },
  };
}
