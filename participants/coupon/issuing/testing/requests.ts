/** For tests of issuing: campaigns, and requests as the brokers accept them. */
import { REQUESTS, requestIdOf, requestMessage } from '#participants/coupon/events.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { partitionOf, uuidv7 } from '#protocol/ids.ts';
import type { AcceptedRequest } from '../answer.ts';
import type { Campaign, NewCampaign } from '../store.ts';

export const REQUEST_PARTITIONS = 6;
/** An instant at which the tests' campaigns are open. */
export const OPEN_AT = new Date('2026-11-24T12:00:00.000Z');

/** A campaign of `total` coupons, always open. */
export function newCampaign(total: number, changes: Partial<NewCampaign> = {}): NewCampaign {
  return {
    id: uuidv7(Date.now()),
    name: 'a test',
    total,
    discount: { kind: 'amount', value: 500, currency: 'EUR' },
    startsAt: null,
    endsAt: null,
    validUntil: null,
    createdAt: OPEN_AT,
    createdBy: 'a test',
    ...changes,
  };
}

/** The same, as the store reads it. */
export function campaign(total: number, changes: Partial<Campaign> = {}): Campaign {
  return { ...newCampaign(total), issued: 0, closedAt: null, ...changes };
}

export interface RequestInput {
  readonly userId: string;
  /** The user's key; another key is another request. */
  readonly key?: string;
  readonly at?: Date;
}

/** The log of coupon-request: gives each request its partition by the user, and the next offset there. */
export class RequestLog {
  private readonly next = new Map<number, number>();

  /** The record of a request. */
  record(campaignId: string, input: RequestInput): InRecord {
    const { userId, key = 'once', at = OPEN_AT } = input;
    const id = requestIdOf(campaignId, userId, key);
    return this.bytes(userId, requestMessage(id, { campaignId, userId }, at).value, at);
  }

  /** A record with any bytes, under a user's key. */
  bytes(userId: string, value: string | Buffer, at = OPEN_AT): InRecord {
    const partition = partitionOf(userId, REQUEST_PARTITIONS);
    const offset = this.next.get(partition) ?? 0;
    this.next.set(partition, offset + 1);
    return {
      topic: REQUESTS,
      partition,
      offset,
      key: userId,
      value: Buffer.from(value),
      timestamp: at.getTime(),
    };
  }

  /** Skips some offsets of a user's partition, as if they had left the log. */
  skip(userId: string, count: number): void {
    const partition = partitionOf(userId, REQUEST_PARTITIONS);
    this.next.set(partition, (this.next.get(partition) ?? 0) + count);
  }
}

/** The request in a record, as the API reads its answer. */
export function requestOf({ partition, offset, timestamp, value }: InRecord): AcceptedRequest {
  const { id, data } = JSON.parse(String(value));
  return { id, ...data, partition, offset, acceptedAt: new Date(timestamp) };
}
