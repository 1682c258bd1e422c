/** What a careless operator does to the local brokers, with Kafka's own tools. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { javaArguments, kafkaTool } from '#scripts/run/stack/kafka-tool.ts';
import { localFolder } from '#scripts/run/stack/places.ts';

const TOPICS = 'org.apache.kafka.tools.TopicCommand';
const REASSIGN = 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand';
const ELECT = 'org.apache.kafka.tools.LeaderElectionCommand';
const DELETE_RECORDS = 'org.apache.kafka.tools.DeleteRecordsCommand';
const PRODUCE = 'org.apache.kafka.tools.ProducerPerformance';
/** Up to its present end. */
const ALL_RECORDS = -1;

interface Assignment {
  readonly partitions: ReadonlyArray<{ readonly replicas: readonly number[] }>;
}

/** Runs a tool on a file of JSON. */
async function withFile<T>(content: unknown, work: (file: string) => Promise<T>): Promise<T> {
  const file = join(tmpdir(), `drill-${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(content));
  try {
    return await work(file);
  } finally {
    rmSync(file);
  }
}

/** Makes a topic whose partitions have one replica each, all at one broker. */
export async function createAt(
  brokers: string,
  topic: string,
  broker: number,
  { partitions = 1, settings = {} }: { partitions?: number; settings?: Record<string, string> } = {},
): Promise<void> {
  const assignment = Array.from({ length: partitions }, () => broker).join(',');
  const more = Object.entries(settings).flatMap(([name, value]) => ['--config', `${name}=${value}`]);
  const args = ['--create', '--topic', topic, '--replica-assignment', assignment, ...more];
  await kafkaTool(TOPICS, ['--bootstrap-server', brokers, ...args]);
}

export async function deleteTopic(brokers: string, topic: string): Promise<void> {
  await kafkaTool(TOPICS, ['--bootstrap-server', brokers, '--delete', '--topic', topic]);
}

/** Deletes all records that some partitions hold now. */
export async function deleteRecords(brokers: string, topic: string, partitions: number): Promise<void> {
  const offsets = Array.from({ length: partitions }, (_, partition) => ({
    topic,
    partition,
    offset: ALL_RECORDS,
  }));
  await withFile({ version: 1, partitions: offsets }, (file) =>
    kafkaTool(DELETE_RECORDS, ['--bootstrap-server', brokers, '--offset-json-file', file]),
  );
}

/** Makes one broker the preferred leader of every partition, and lets it lead them. @returns how that is undone */
export async function leadEverything(brokers: string, broker: number, all: readonly number[]) {
  const listed = await kafkaTool(TOPICS, ['--bootstrap-server', brokers, '--list']);
  const topics = listed.split('\n').filter((line) => line !== '');
  const to = ['--bootstrap-server', brokers];
  const moved = { version: 1, topics: topics.map((topic) => ({ topic })) };
  const planned = await withFile(moved, (file) =>
    kafkaTool(REASSIGN, [
      ...to,
      '--generate',
      ...['--topics-to-move-json-file', file, '--broker-list', all.join(',')],
    ]),
  );
  // "Current partition replica assignment", the JSON, "Proposed …", another JSON.
  const [current = ''] = planned.split('\n').filter((line) => line.startsWith('{'));
  const before = JSON.parse(current) as Assignment;
  const assign = async (assignment: Assignment) => {
    await withFile(assignment, (file) =>
      kafkaTool(REASSIGN, [...to, '--execute', '--reassignment-json-file', file]),
    );
    await kafkaTool(ELECT, [...to, '--election-type', 'preferred', '--all-topic-partitions']);
  };
  await assign({
    ...before,
    partitions: before.partitions.map((one) => ({
      ...one,
      replicas: [broker, ...one.replicas.filter((replica) => replica !== broker)],
    })),
  });
  return () => assign(before);
}

/** Sends large records to a topic as fast as the brokers take them, until it is killed. */
export function flood(brokers: string, topic: string): ChildProcess {
  const args = [
    ...['--topic', topic, '--num-records', '1000000000', '--record-size', '20000', '--throughput', '-1'],
    ...['--producer-props', `bootstrap.servers=${brokers}`, 'acks=1', 'batch.size=900000', 'linger.ms=50'],
  ];
  const options = ['-Xmx256m', '-XX:+UseSerialGC'];
  return spawn('java', [...javaArguments(PRODUCE, 'log4j2-tools.xml', options), ...args], {
    cwd: localFolder,
    stdio: 'ignore',
  });
}
