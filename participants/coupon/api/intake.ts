/**
 * Takes requests in: a few milliseconds' worth are looked for in Redis together, and what is not refused there goes to
 * the brokers together. A request is answered once the brokers have acknowledged it, with the place they put it.
 */
import { type GroupCommit, type GroupCommitOptions, groupCommit } from '../../wire/group-commit.ts';
import type { Placed, PlacingPublisher } from '../../wire/kafka/publisher.ts';
import type { Logger } from '../../wire/log.ts';
import { couponRequestQueue } from '../../wire/metrics.ts';
import { requestMessage } from '../events.ts';
import type { Winner } from '../facts.ts';
import type { First } from './outcome.ts';
import type { Remember } from './remembered.ts';
import { type Asked, messageIdOf, type RequestRef } from './request-id.ts';

const GROUPS_IN_FLIGHT = 6;
const WAIT_MAX_MS = 3_000;
/** Whoever asked hears by then that it is not known whether the brokers have the request. */
const ACK_WITHIN_MS = 5_000;

/** A request, with the trace it belongs to. */
export type Asking = Asked & { readonly traceparent?: string };

export type Taken =
  /** `first`: of a duplicate, the request that has the coupon. */
  | { readonly kind: 'taken'; readonly ref: RequestRef; readonly first?: First }
  /** Nothing can be said of it now: to be sent again, under its Idempotency-Key if it has one. */
  | { readonly kind: 'unavailable' };

export interface IntakeParts {
  readonly remember: Remember;
  readonly publisher: Pick<PlacingPublisher, 'publishPlaced'>;
  readonly log: Logger;
  readonly now: () => number;
}

export interface IntakeLimits {
  readonly gatherMs: GroupCommitOptions<unknown, unknown>['gatherMs'];
  readonly groupMax: number;
  readonly queueMax: number;
  /** Requests handed to the client and not acknowledged: while the brokers are away they pile up there, up to here. */
  readonly unacknowledgedMax: number;
}

export type Intake = GroupCommit<Asking, Taken>;

const UNAVAILABLE: Taken = { kind: 'unavailable' };

/** Opens intake. */
export function openIntake(parts: IntakeParts, limits: IntakeLimits): Intake {
  const { now, log } = parts;
  let unacknowledged = 0;

  /** Sends some requests to the brokers; resolves when all are placed, or too much or too long was waited for. */
  const publish = async (asking: readonly Asking[], placed: Placed): Promise<void> => {
    if (unacknowledged + asking.length > limits.unacknowledgedMax) return;
    unacknowledged += asking.length;
    const at = new Date(now());
    const messages = asking.map((one) => requestMessage(messageIdOf(one), dataOf(one), at, one.traceparent));
    const all = parts.publisher.publishPlaced(messages, placed).finally(() => {
      unacknowledged -= asking.length;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, ACK_WITHIN_MS, null);
    });
    const placements = await Promise.race([all, late]);
    clearTimeout(timer);
    if (placements === null) {
      log.throttled('intake', 'the brokers do not acknowledge requests', { count: asking.length });
    }
  };

  const commit = async (
    group: readonly Asking[],
    early: (index: number, taken: Taken) => void,
  ): Promise<Taken[]> => {
    couponRequestQueue.set(intake.length);
    const memories = await parts.remember(group);
    const through: Asking[] = [];
    const places: number[] = [];
    group.forEach((asked, i) => {
      const answer = doorAnswer(asked, memories[i] ?? null, now());
      if (answer !== null) return early(i, answer);
      through.push(asked);
      places.push(i);
    });
    // Each is answered by its own acknowledgement: a group is as many requests to the brokers as it meets partitions.
    const placed: Placed = (nth, { partition, offset, timestamp }) => {
      const asked = askedOf(through[nth] as Asking);
      early(places[nth] as number, {
        kind: 'taken',
        ref: { ...asked, acceptedAtMs: timestamp, partition, offset },
      });
    };
    if (through.length > 0) await publish(through, placed);
    // Who has no answer by now gets none.
    return group.map(() => UNAVAILABLE);
  };

  const intake: Intake = groupCommit<Asking, Taken>({
    commit,
    tooLate: UNAVAILABLE,
    gatherMs: limits.gatherMs,
    groupMax: limits.groupMax,
    queueMax: limits.queueMax,
    inFlightMax: GROUPS_IN_FLIGHT,
    waitMaxMs: WAIT_MAX_MS,
    now,
  });
  return intake;
}

/**
 * The answer a request gets from what is remembered; null: it must be decided. The very request that has won is answered
 * as it was the first time, another one of its user is a duplicate, and only then is sold out sold out.
 */
export function doorAnswer(
  asked: Asked,
  memory: { readonly winner: Winner | null; readonly soldOut: boolean } | null,
  nowMs: number,
): Taken | null {
  if (memory === null) return null;
  const { winner, soldOut } = memory;
  if (winner?.requestId === messageIdOf(asked)) {
    const { partition, offset, acceptedAtMs } = winner;
    return { kind: 'taken', ref: { ...askedOf(asked), partition, offset, acceptedAtMs } };
  }
  const refused = { ...askedOf(asked), acceptedAtMs: nowMs };
  if (winner !== null) {
    const { campaignId, userId } = asked;
    const first = { campaignId, userId, ...winner, acceptedAt: new Date(winner.acceptedAtMs) };
    return { kind: 'taken', ref: { ...refused, refused: 'duplicate' }, first };
  }
  return soldOut ? { kind: 'taken', ref: { ...refused, refused: 'sold-out' } } : null;
}

function askedOf({ campaignId, userId, key }: Asked): Asked {
  return { campaignId, userId, key };
}

function dataOf({ campaignId, userId }: Asked): { campaignId: string; userId: string } {
  return { campaignId, userId };
}
