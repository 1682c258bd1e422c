import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const SCRIPT = join(import.meta.dirname, 'testing/registered-metrics.ts');
const PLATFORM = [
  'linger_cpu_shortage_ratio',
  'messages_left_total',
  'clock_difference_seconds',
  'database_older_than_logs',
  'kafka_producer_queue_records',
  'kafka_producer_request_seconds',
  'kafka_producer_retries_total',
  'kafka_producer_throttled_seconds_total',
  'database_connections',
  'database_connections_max',
  'database_connections_waiting',
  'table_partition_end_timestamp_seconds',
];
const BATCH = [
  'messages_handled_total',
  'dead_letters_total',
  'batch_size',
  'batch_transaction_seconds',
  'batch_publish_seconds',
  'kafka_consumer_linger_seconds',
];

async function metricsOf(main: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, main]);
  return JSON.parse(stdout) as string[];
}

describe('a process registers its own metrics alone', () => {
  it('shipping: those of every participant', async () => {
    const names = await metricsOf('participants/shipping/main.ts');
    expect(names).to.have.members([...BATCH, ...PLATFORM]);
  });

  it('the API: no metric of the engine, of a batch or of a coupon', async () => {
    const names = await metricsOf('orchestrator/api.main.ts');
    expect(names).to.include.members(['saga_active', 'intake_queue_length', 'http_request_duration_seconds']);
    expect(names.filter((name) => /^(batch|coupon|websocket)_|^saga_.*_total$/.test(name))).to.deep.equal([]);
  });

  it('the engine: no metric of an API', async () => {
    const names = await metricsOf('orchestrator/engine.main.ts');
    expect(names).to.include.members([...BATCH, 'saga_started_total', 'kafka_consumer_lag']);
    expect(names.filter((name) => /^(http|intake|coupon)_|^saga_active$/.test(name))).to.deep.equal([]);
  });
});
