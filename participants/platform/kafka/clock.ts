/** Compares this machine's clock with the brokers', because deadlines and the journal's times rely on both. */
import { messageOf } from '#protocol/errors.ts';
import { CLOCK } from '#protocol/topics.ts';
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import { type Logger, silent } from '../process/log.ts';
import { Gauge, registry } from '../process/metrics.ts';
import { openProducerClient } from './broker-client.ts';
import type { ProducerClient } from './brokers.ts';
import { ORDER_PRODUCER } from './client-settings.ts';
import { retryWithin } from './retry-within.ts';

export const clockDifference = new Gauge({
  name: 'clock_difference_seconds',
  help: "The brokers' clock minus this machine's, as measured at start-up",
  registers: [registry],
});

const ROUNDS = 3;
const WITHIN_MS = 10_000;
/** The grace after a deadline is six times as long. */
const WARN_MS = 5_000;

/**
 * Measures the difference by records of a topic whose timestamps the brokers set; the quickest of three rounds counts. Sets
 * the gauge, and warns when the clocks are far apart. Never rejects: a process works without the comparison.
 * @returns the brokers' clock less ours, ms; null when they did not answer
 */
export async function compareClock(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
  /** This process's own without it. */
  security?: KafkaSecurity;
  log: Logger;
  now: () => number;
}): Promise<number | null> {
  const { brokers, prefix = '', security, log, now } = options;
  const clientId = `${options.clientId}-clock`;
  let client: ProducerClient | null = null;
  try {
    const opened = await openProducerClient({
      brokers,
      clientId,
      ...(security !== undefined && { security }),
      settings: ORDER_PRODUCER,
      startWithinMs: WITHIN_MS,
      log: silent,
    });
    client = opened;
    const differenceMs = await retryWithin(
      WITHIN_MS,
      () => measure(opened, prefix + CLOCK, clientId, now),
      () => false,
    );
    clockDifference.set(differenceMs / 1000);
    if (Math.abs(differenceMs) > WARN_MS) log.warn('clock-far-apart', { ms: Math.round(differenceMs) });
    return differenceMs;
  } catch (error) {
    log.warn('clock-not-compared', { error: messageOf(error) });
    return null;
  } finally {
    await client?.close();
  }
}

async function measure(
  client: ProducerClient,
  topic: string,
  sender: string,
  now: () => number,
): Promise<number> {
  const [leader] = await client.leadersOf(topic);
  if (leader == null) throw new Error(`topic ${topic} has no leader`);
  const identity = await client.identity();
  let best = { tookMs: Number.POSITIVE_INFINITY, differenceMs: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const sentAt = now();
    const record = {
      topic,
      partition: 0,
      key: Buffer.alloc(0),
      value: Buffer.from(sender),
      headers: new Map(),
      timestamp: BigInt(Math.round(sentAt)),
    };
    const batch = { topic, partition: 0, sequence: round, records: [record] };
    const { results, error } = await client.produce(leader, identity, [batch]);
    const [result] = results;
    if (result?.code !== 0 || result.timestamp < 0) throw error ?? new Error('the broker sent no timestamp');
    const tookMs = now() - sentAt;
    if (tookMs < best.tookMs) best = { tookMs, differenceMs: result.timestamp - (sentAt + tookMs / 2) };
  }
  return best.differenceMs;
}
