/**
 * Accepts requests in groups of a few milliseconds: reads their cached state from Redis, and publishes the undecided ones
 * to the brokers. A request is answered once the brokers have acknowledged it, with its partition and offset.
 */

import { recordPublished } from '#platform/batching/batch-spans.ts';
import { type GroupCommit, type GroupCommitOptions, groupCommit } from '#platform/batching/group-commit.ts';
import type { PlacingPublisher } from '#platform/kafka/publisher.ts';
import type { Logger } from '#platform/process/log.ts';
import { isTracing } from '#platform/process/tracing.ts';
import { readTraceparent } from '#protocol/trace.ts';
import { REQUESTS, requestMessage } from '../events.ts';
import type { Winner } from '../issuing/cache.ts';
import type { ReadCachedState } from './cached-state.ts';
import { couponRequestQueue } from './metrics.ts';
import type { First } from './outcome.ts';
import { messageIdOf, type RequestIdentity, type RequestRef, type UnplacedRef } from './request-id.ts';

const GROUPS_IN_FLIGHT = 6;
const WAIT_MAX_MS = 3_000;
/** A request unacknowledged for so long is answered with an unknown outcome: the brokers may have it, and may yet get it. */
const ACK_WITHIN_MS = 5_000;

/** A request, with the trace it belongs to. */
export type IncomingRequest = RequestIdentity & { readonly traceparent?: string };

export type Taken =
  /** `first`: of a duplicate, the request that has the coupon. */
  | { readonly kind: 'taken'; readonly ref: Exclude<RequestRef, UnplacedRef>; readonly first?: First }
  /** The brokers may have it, or may get it yet. */
  | { readonly kind: 'unknown'; readonly ref: UnplacedRef }
  /** It was not published, and never will be. */
  | { readonly kind: 'unavailable' };

export interface IntakeParts {
  readonly readCachedState: ReadCachedState;
  readonly publisher: Pick<PlacingPublisher, 'publishPlaced'>;
  readonly log: Logger;
  readonly now: () => number;
}

export interface IntakeLimits {
  readonly lingerMs: GroupCommitOptions<unknown, unknown>['lingerMs'];
  readonly groupMax: number;
  readonly queueMax: number;
  /** Requests passed to the Kafka client and unacknowledged: the bound of its queue while the brokers are down. */
  readonly unacknowledgedMax: number;
}

export type Intake = GroupCommit<IncomingRequest, Taken>;

const UNAVAILABLE: Taken = { kind: 'unavailable' };

/** Opens an empty intake. */
export function openIntake(parts: IntakeParts, limits: IntakeLimits): Intake {
  const { now, log } = parts;
  let unacknowledged = 0;

  /**
   * Publishes requests; their placements. `full`: none was published, since too many are unacknowledged; `late`: the brokers
   * have not acknowledged them in time, and still may.
   */
  const publish = async (requests: readonly IncomingRequest[]) => {
    if (unacknowledged + requests.length > limits.unacknowledgedMax) return 'full';
    unacknowledged += requests.length;
    const at = new Date(now());
    const messages = requests.map((one) =>
      requestMessage(messageIdOf(one), dataOf(one), at, one.traceparent),
    );
    const startedAt = performance.now();
    const publishing = parts.publisher.publishPlaced(messages);
    const placed = publishing.finally(() => {
      unacknowledged -= requests.length;
      recordRequests(requests, startedAt);
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, ACK_WITHIN_MS, 'late');
    });
    const placements = await Promise.race([placed, late]);
    clearTimeout(timer);
    if (placements === 'late') {
      log.throttled('intake', 'coupon-requests-unacknowledged', { count: requests.length });
    }
    return placements;
  };

  const commit = async (group: readonly IncomingRequest[]): Promise<Taken[]> => {
    couponRequestQueue.set(intake.length);
    const states = await parts.readCachedState(group);
    const cached = group.map((identity, i) => cachedAnswer(identity, states[i] ?? null, now()));
    const undecided = group.filter((_, i) => cached[i] === null);
    // One wait for the whole group: one for each partition's acknowledgement took 7 % of a core more.
    const placements = undecided.length === 0 ? [] : await publish(undecided);
    const next = typeof placements === 'string' ? undefined : placements.values();
    return group.map((identity, i) => {
      const answered = cached[i];
      if (answered) return answered;
      const placement = next?.next().value;
      if (placement === undefined) {
        if (placements === 'full') return UNAVAILABLE;
        return {
          kind: 'unknown',
          ref: { ...identityOf(identity), acceptedAtMs: now(), unplaced: true },
        };
      }
      const { partition, offset, timestamp } = placement;
      return { kind: 'taken', ref: { ...identityOf(identity), acceptedAtMs: timestamp, partition, offset } };
    });
  };

  const intake: Intake = groupCommit<IncomingRequest, Taken>({
    commit,
    tooLate: UNAVAILABLE,
    lingerMs: limits.lingerMs,
    groupMax: limits.groupMax,
    queueMax: limits.queueMax,
    inFlightMax: GROUPS_IN_FLIGHT,
    waitMaxMs: WAIT_MAX_MS,
    now,
  });
  return intake;
}

/**
 * The answer to a request from its cached state; null: the issuer must decide it. The winning request itself gets its first
 * answer again, another request of its user is a duplicate, and only then does `soldOut` apply.
 */
export function cachedAnswer(
  identity: RequestIdentity,
  state: { readonly winner: Winner | null; readonly soldOut: boolean } | null,
  nowMs: number,
): Taken | null {
  if (state === null) return null;
  const { winner, soldOut } = state;
  if (winner?.requestId === messageIdOf(identity)) {
    const { partition, offset, acceptedAtMs } = winner;
    return { kind: 'taken', ref: { ...identityOf(identity), partition, offset, acceptedAtMs } };
  }
  const refused = { ...identityOf(identity), acceptedAtMs: nowMs };
  if (winner !== null) {
    const { campaignId, userId } = identity;
    const first = { campaignId, userId, ...winner, acceptedAt: new Date(winner.acceptedAtMs) };
    return { kind: 'taken', ref: { ...refused, refused: 'duplicate' }, first };
  }
  return soldOut ? { kind: 'taken', ref: { ...refused, refused: 'sold-out' } } : null;
}

function identityOf({ campaignId, userId, key }: RequestIdentity): RequestIdentity {
  return { campaignId, userId, key };
}

function dataOf({ campaignId, userId }: RequestIdentity): { campaignId: string; userId: string } {
  return { campaignId, userId };
}

/** The spans of requests that were published. */
function recordRequests(requests: readonly IncomingRequest[], startedAt: number): void {
  if (!isTracing()) return;
  for (const one of requests) {
    const context = readTraceparent(one.traceparent);
    if (context?.isSampled !== true) continue;
    const sent = { topic: REQUESTS, id: messageIdOf(one), type: 'coupon.requested', startedAt };
    recordPublished({ traceId: context.traceId, parentId: context.spanId, ...sent });
  }
}
