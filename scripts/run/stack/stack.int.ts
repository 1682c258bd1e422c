import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { commandLine } from './detached.ts';
import { classArguments } from './kafka-classes.ts';
import { kafkaTool } from './kafka-tool.ts';
import { signalService, startOneService, stopService } from './one-service.ts';
import { placesOf } from './places.ts';
import { stackDown, stackUp } from './stack.ts';
import { stackStatus } from './status.ts';

// A stack of its own: this test kills parts that other tests need.
const name = 'test-parts';

describe('the local stack', () => {
  after(() => stackDown(name, { wipe: true }));

  it('is reused while it runs', async () => {
    await stackUp({ name });
    const before = await stackStatus(name);
    await stackUp({ name });
    expect((await stackStatus(name)).processes).to.deep.equal(before.processes);
  });

  it('shows in its status the parts that answer, and null for the others', async () => {
    const addresses = await stackUp({ name });
    const status = await stackStatus(name);
    expect(status).to.include({ ...addresses, coupons: null });
    expect(status.processes).to.include.keys('kafka', 'postgres', 'redis');
    expect(await stackStatus('never-made')).to.deep.include({ kafka: null, postgres: null, processes: {} });
  });

  it('brings a killed part up again, with its data', async () => {
    const { redis } = await stackUp({ name });
    const port = Number(new URL(redis).port);
    await sendToRedis(port, 'SET stack-test kept');
    await stopService(name, 'redis');
    await startOneService(name, 'redis');
    expect(await sendToRedis(port, 'GET stack-test')).to.contain('kept');
    for (const part of ['redis', 'postgres']) {
      await signalService(name, part, 'SIGKILL');
      expect(await stackStatus(name)).to.include({ [part]: null });
    }
    await stackUp({ name });
    expect(await sendToRedis(port, 'GET stack-test')).to.contain('kept');
    await sendToRedis(port, 'DEL stack-test');
  });

  it('runs Kafka’s own tools', async () => {
    const { kafka } = await stackUp({ name });
    const output = await kafkaTool('org.apache.kafka.tools.ClusterTool', [
      'cluster-id',
      '--bootstrap-server',
      kafka,
    ]);
    expect(output).to.match(/Cluster ID: [\w-]{22}/);
  });

  it('starts a broker on the classes that one before it left, and never on half an archive', async () => {
    await stackUp({ name });
    await stopService(name, 'kafka');
    await startOneService(name, 'kafka');
    const broker = commandLine((await stackStatus(name)).processes['kafka'] as number) ?? '';
    const archive = /-XX:SharedArchiveFile=(\S+)/.exec(broker)?.[1];
    expect(archive, broker).to.be.a('string');
    await stopService(name, 'kafka');
    // As a JVM leaves it that was killed while it wrote.
    const data = join(placesOf(name).data, 'kafka-1');
    writeFileSync(join(data, 'classes.jsa'), Buffer.alloc(4096));
    const whole = join(data, archive as string);
    renameSync(whole, `${whole}.aside`);
    try {
      expect(classArguments(data, true)).to.include('-XX:ArchiveClassesAtExit=classes.jsa');
      expect(existsSync(whole)).to.equal(false);
    } finally {
      renameSync(`${whole}.aside`, whole);
    }
    await startOneService(name, 'kafka');
  });

  it('refuses another number of brokers than it was made with', async () => {
    const error = await stackUp({ name, brokers: 3 }).catch((e: Error) => e);
    expect((error as Error).message).to.contain('made with 1 broker');
  });
});

function sendToRedis(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(`${command}\r\n`));
    socket.once('error', reject);
    socket.once('data', (answer) => {
      socket.destroy();
      resolve(String(answer));
    });
  });
}
