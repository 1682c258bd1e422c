/** The envelope every message travels in: CloudEvents 1.0, structured JSON mode. */

/** The content type each Kafka record carries in its `content-type` header. */
export const CONTENT_TYPE = 'application/cloudevents+json';

/** A CloudEvents 1.0 envelope with the product's three extensions. */
export interface Envelope<Data = unknown> {
  readonly specversion: '1.0';
  /** Unique and deterministic: `<sagaId>/payment.charge`, `<commandId>/reply`, `<orderId>/order.created`. */
  readonly id: string;
  readonly type: string;
  /** Who says it: `/orchestrator`, `/payment`. */
  readonly source: string;
  /** RFC 3339, when it was made. */
  readonly time: string;
  /** The saga's id, which is the order's id and the record's key. */
  readonly subject: string;
  readonly datacontenttype: 'application/json';
  /** In replies and notices: the command they speak of. */
  readonly commandid?: string;
  /** In some commands: RFC 3339, after which the participant skips it (30 s of grace). */
  readonly deadline?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  readonly data: Data;
}

/** A message ready to be published: where to, under which key, which exact bytes. */
export interface OutMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A record as it was consumed. `offset` identifies it within its partition. */
export interface InRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  /** The broker's or the producer's, ms since 1970. */
  readonly timestamp: number;
  /** Only where the consumer was asked for them. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where a record came from. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}
