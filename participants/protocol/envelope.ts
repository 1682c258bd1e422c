/** The envelope of every message: CloudEvents 1.0 in structured JSON mode. */

/** The `content-type` header of each Kafka record. */
export const CONTENT_TYPE = 'application/cloudevents+json';

/** A CloudEvents 1.0 envelope with the product's three extensions. */
export interface Envelope<Data = unknown> {
  readonly specversion: '1.0';
  /** Unique and deterministic: `<sagaId>/payment.charge`, `<commandId>/reply`, `<orderId>/order.created`. */
  readonly id: string;
  readonly type: string;
  /** The sender: `/orchestrator`, `/payment`. */
  readonly source: string;
  /** When it was made, RFC 3339. */
  readonly time: string;
  /** The saga's id, which is the order's id and the record's key. */
  readonly subject: string;
  readonly datacontenttype: 'application/json';
  /** In replies and notices: their command. */
  readonly commandid?: string;
  /** In some commands: the time, RFC 3339, after which the participant skips it, with 30 s of grace. */
  readonly deadline?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  readonly data: Data;
}

/** A message ready to publish, with its exact bytes. */
export interface OutMessage {
  readonly topic: string;
  readonly key: string;
  /** The key's bytes where they are not UTF-8: sent instead of `key`. */
  readonly keyBytes?: Buffer;
  readonly value: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A consumed record. */
export interface InRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** With U+FFFD in place of what is not UTF-8. */
  readonly key: string | null;
  /** Set only where the key is not UTF-8, because `key` is another one then. */
  readonly keyBytes?: Buffer;
  readonly value: Buffer | null;
  /** ms since 1970, by the broker's or the producer's clock, as the topic is set. */
  readonly timestamp: number;
  /** Set only where the consumer requests headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record's position in the log. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
