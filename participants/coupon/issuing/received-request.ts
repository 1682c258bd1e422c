/** Turns records of coupon-request into items to decide, or into faults to park. */

import { inSequence } from '#platform/kafka/log-sequence.ts';
import { checkData, decodeRecord } from '#protocol/codec.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { TerminalError, terminalOf } from '#protocol/errors.ts';
import { API_SOURCE, couponRequested, MAX_REQUEST_ID_LENGTH } from '../events.ts';
import type { AcceptedRequest } from './answer.ts';
import type { Item } from './decide-requests.ts';

/** A record with its request; `fault` is the reason to park an invalid record. */
export interface ReceivedRequest extends Item {
  readonly record: InRecord;
  readonly traceparent: string | undefined;
  readonly fault: TerminalError | null;
}

/**
 * Turns one record into an item, with its offset in sequence: see request-logs.ts.
 *
 * An invalid record becomes an item too, since its partition's checkpoint must pass it.
 * @param logNumber the number of the log that the record is in
 */
export function receiveRequest(record: InRecord, logNumber: number): ReceivedRequest {
  const { partition } = record;
  const offset = inSequence(logNumber, record.offset);
  const acceptedAt = new Date(record.timestamp);
  const item = { record, partition, offset, acceptedAt };
  try {
    const { id, campaignId, userId, traceparent } = fieldsOf(record);
    const request: AcceptedRequest = { id, campaignId, userId, partition, offset, acceptedAt };
    return { ...item, request, traceparent, fault: null };
  } catch (error) {
    return { ...item, request: null, traceparent: undefined, fault: terminalOf(error) };
  }
}

interface Fields {
  readonly id: string;
  readonly campaignId: string;
  readonly userId: string;
  readonly traceparent: string | undefined;
}

/** @throws TerminalError with the code of the first fault */
function fieldsOf(record: InRecord): Fields {
  const envelope = decodeRecord(record);
  const { id, type, source, subject, traceparent } = envelope;
  if (type !== 'coupon.requested') throw new TerminalError('unknown-type', `${type} is not a coupon request`);
  if (source !== API_SOURCE) throw new TerminalError('foreign-source', `${source} may not request coupons`);
  const { campaignId, userId } = checkData(couponRequested, envelope);
  if (subject !== userId || record.key !== userId)
    throw new TerminalError('wrong-key', 'the key and the subject must both be the user');
  if (id.length > MAX_REQUEST_ID_LENGTH)
    throw new TerminalError('invalid-data', `the id is over ${MAX_REQUEST_ID_LENGTH} characters`);
  return { id, campaignId: campaignId.toLowerCase(), userId, traceparent };
}
