/** Compares this machine's clock with the brokers': deadlines in commands and times in the journal lean on it. */
import kafka from '@confluentinc/kafka-javascript';
import { messageOf } from '#protocol/errors.ts';
import { CLOCK } from '#protocol/topics.ts';
import type { Logger } from '../process/log.ts';
import { Gauge, registry } from '../process/metrics.ts';

export const clockDifference = new Gauge({
  name: 'clock_difference_seconds',
  help: "The brokers' clock minus this machine's, as measured at start-up",
  registers: [registry],
});

const ROUNDS = 3;
const TIMEOUT_MS = 10_000;
/** Beyond this somebody is told; the grace of a deadline is six times as long. */
const WARN_MS = 5_000;

/**
 * Asks the brokers the time: a record of a topic whose timestamps are the broker's own comes back with it. The quickest
 * of a few rounds counts. Sets the gauge; warns when the clocks are far apart. Never rejects: a clock that cannot be
 * compared stops nobody.
 * @returns the brokers' clock less ours, ms; null when they did not answer
 */
export async function compareClock(options: {
  brokers: string;
  prefix?: string;
  clientId: string;
  log: Logger;
  now: () => number;
}): Promise<number | null> {
  const { brokers, prefix = '', clientId, log, now } = options;
  const producer = new kafka.Producer({
    'metadata.broker.list': brokers,
    'client.id': `${clientId}-clock`,
    'message.timeout.ms': TIMEOUT_MS,
    'linger.ms': 0,
    dr_cb: true,
  });
  // Said once, below, when nothing comes back.
  producer.on('event.error', () => {});
  try {
    await new Promise<void>((resolve, reject) =>
      producer.connect({ timeout: TIMEOUT_MS }, (error) => (error ? reject(error) : resolve())),
    );
    producer.setPollInterval(5);
    let best = { tookMs: Number.POSITIVE_INFINITY, differenceMs: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const sentAt = now();
      const brokersTime = await askTime(producer, prefix + CLOCK, clientId);
      const tookMs = now() - sentAt;
      if (tookMs < best.tookMs) best = { tookMs, differenceMs: brokersTime - (sentAt + tookMs / 2) };
    }
    const { differenceMs } = best;
    clockDifference.set(differenceMs / 1000);
    if (Math.abs(differenceMs) > WARN_MS)
      log.warn("this machine's clock and the brokers' are far apart", { ms: Math.round(differenceMs) });
    return differenceMs;
  } catch (error) {
    log.warn("the brokers' clock could not be read", { error: messageOf(error) });
    return null;
  } finally {
    producer.disconnect();
  }
}

function askTime(producer: kafka.Producer, topic: string, who: string): Promise<number> {
  return new Promise((resolve, reject) => {
    producer.once('delivery-report', (error, report) =>
      error ? reject(error) : resolve(Number(report.timestamp)),
    );
    producer.produce(topic, null, Buffer.from(who), null);
  });
}
