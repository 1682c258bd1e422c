/** A consumer leaves its group in order and in time, whatever its group waits for. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import { defaultStack, stackUp } from '#scripts/run/stack/stack.ts';
import { createTopics } from './admin.ts';

describe('a consumer that leaves while it does not know where to begin in what its group has assigned to it', () => {
  let brokers: string;
  before(async () => {
    brokers = process.env.KAFKA_BROKERS ?? (await stackUp({ name: defaultStack() })).kafka;
  });

  for (const [when, lateMs] of [
    ['never learns it', undefined],
    ['learns it too late', '3'],
  ] as const) {
    it(`and ${when}: its process ends in order`, async () => {
      const name = `leaving-${randomBytes(4).toString('hex')}`;
      const settings = { partitions: 3, compression: 'lz4', key: 'none', flow: 'operations' } as const;
      await createTopics({ brokers, topics: [{ ...settings, name, retentionMs: 3_600_000 }] });
      const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/leaving.ts')], {
        env: {
          ...process.env,
          ...{ KAFKA_BROKERS: brokers, TOPIC: name },
          ...(lateMs !== undefined && { LATE_MS: lateMs }),
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk) => (output += chunk));
      while (!(output.includes('assigned') && output.includes('process-ready')))
        await once(child.stdout, 'data');
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      expect(output).not.to.match(/process-ends|process-closing-late/);
      expect(code).to.equal(0);
    }).timeout(60_000);
  }
});
