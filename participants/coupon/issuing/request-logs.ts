/**
 * Puts the offsets of the logs that followed one another under the name coupon-request into one sequence.
 *
 * A topic that was deleted and created anew, or is on another cluster, has a new log; brokers that lost a log's end continue
 * it with other records. Either way its offsets are used again. Therefore a partition's logs are numbered, and rows hold an
 * offset **in sequence**: `number × 2^40 + offset in the log`. Checkpoints then only rise, and an earlier request has the
 * smaller offset, whichever logs hold them. Outside the rows (records, results, public ids) an offset is the log's own.
 */
import { inSequence } from '#platform/kafka/log-sequence.ts';
import type { AcceptedRequest } from './answer.ts';

/** A log of one partition. */
export interface RequestLog {
  readonly partition: number;
  /** Counted from 0. */
  readonly number: number;
  /** The topic's identity; null: the brokers reported none. */
  readonly topicId: string | null;
  /** Requests accepted from then on are in this log or a later one; null for log 0. */
  readonly beganAt: Date | null;
}

/**
 * A request with its offset in sequence. Its acceptance by the brokers tells the log: a public id holds no number, since the
 * API cannot know whether the topic it writes to was created anew a moment ago.
 * @param begins when each of the partition's logs after the first one began, in order
 */
export function inItsLog(request: AcceptedRequest, begins: readonly Date[]): AcceptedRequest {
  const logNumber = begins.filter((at) => at <= request.acceptedAt).length;
  return { ...request, offset: inSequence(logNumber, request.offset) };
}
