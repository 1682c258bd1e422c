import { expect } from 'chai';
import type { PartitionOffset, TopicPartition } from './brokers.ts';
import { type OffsetClient, offsetReader } from './offsets.ts';

const PARTITIONS = [0, 1, 2].map((partition) => ({ topic: 'a', partition }));
const WITHIN_MS = 2_000;

class Permanent extends Error {}

describe('offsetReader', () => {
  let requests: string[];
  /** The leader of each partition of `a`, as metadata has it and as it is. */
  let reported: number[];
  let leaders: number[];
  let coordinator: number;
  let hanging: number;

  const client: OffsetClient = {
    brokers: async () => [1, 2, 3],
    async describeTopics(topics, refresh) {
      if (refresh) reported = leaders;
      return new Map(topics.map((topic) => [topic, { id: 'an id', leaders: topic === 'a' ? reported : [] }]));
    },
    async firstSince(leader, { partition }, sinceMs) {
      requests.push(`since ${sinceMs} ${leader}: ${partition}`);
      return { offset: 7, timestamp: sinceMs + 1 };
    },
    async listOffsets(leader, edge, partitions) {
      requests.push(`${edge} ${leader}: ${partitions.map(({ partition }) => partition)}`);
      if (partitions.some(({ partition }) => leaders[partition] !== leader))
        throw new Error('not the leader');
      return at(partitions, 7);
    },
    async findCoordinator(broker, group) {
      requests.push(`coordinator of ${group} ${broker}`);
      if (broker === hanging) throw new Error('timed out');
      return coordinator;
    },
    async fetchCommitted(broker, group, partitions) {
      requests.push(`offsets of ${group} ${broker}`);
      if (broker !== coordinator) throw new Error('not the coordinator');
      return at(partitions.slice(0, 1), 5).map((one) => ({ ...one, topicId: null }));
    },
    async groupMembers(broker, group) {
      requests.push(`members of ${group} ${broker}`);
      if (broker !== coordinator) throw new Error('not the coordinator');
      return 2;
    },
    async topicIdAt(broker, topic) {
      requests.push(`identity of ${topic} ${broker}`);
      if (broker === hanging) throw new Error('timed out');
      return broker === coordinator ? 'its own id' : 'an id';
    },
    isPermanent: (error) => error instanceof Permanent,
    close: async () => {},
  };
  const at = (partitions: readonly TopicPartition[], offset: number): PartitionOffset[] =>
    partitions.map((one) => ({ ...one, offset }));
  const failure = (reading: Promise<unknown>) => reading.then(() => 'resolved', String);

  beforeEach(() => {
    [requests, reported, leaders, coordinator, hanging] = [[], [1, 1, 2], [1, 1, 2], 3, 0];
  });

  it('sends each leader one request', async () => {
    expect(await offsetReader(client).logOffsets('end', PARTITIONS, WITHIN_MS)).to.have.length(3);
    expect(requests).to.deep.equal(['end 1: 0,1', 'end 2: 2']);
  });

  it('looks up the leaders again when one has changed', async () => {
    leaders = [1, 3, 2];
    expect(await offsetReader(client).logOffsets('start', PARTITIONS, WITHIN_MS)).to.have.length(3);
    expect(requests.slice(2)).to.deep.equal(['start 1: 0', 'start 3: 1', 'start 2: 2']);
  });

  it('rejects at once for a partition that does not exist', async () => {
    const reading = offsetReader(client).logOffsets('end', [{ topic: 'a', partition: 99 }], 60_000);
    expect(await failure(reading)).to.equal('Error: there is no partition a/99');
  });

  it('rejects when a leader leaves a partition out of its response', async () => {
    const partial = { ...client, listOffsets: async () => at(PARTITIONS.slice(0, 1), 7) };
    const reading = offsetReader(partial).logOffsets('end', PARTITIONS, 50);
    expect(await failure(reading)).to.equal('Error: a leader left partitions out of its response');
  });

  it('reads committed offsets from the coordinator, and looks it up once', async () => {
    const reader = offsetReader(client);
    for (let n = 0; n < 2; n++)
      expect(await reader.committedOffsets('engine', PARTITIONS, WITHIN_MS)).to.deep.equal(
        at(PARTITIONS.slice(0, 1), 5).map((one) => ({ ...one, topicId: null })),
      );
    expect(requests).to.deep.equal(['coordinator of engine 1', 'offsets of engine 3', 'offsets of engine 3']);
  });

  it('looks up the coordinator again when another broker has become it', async () => {
    const reader = offsetReader(client);
    await reader.committedOffsets('engine', PARTITIONS, WITHIN_MS);
    coordinator = 2;
    await reader.committedOffsets('engine', PARTITIONS, WITHIN_MS);
    expect(requests.slice(2)).to.deep.equal([
      'offsets of engine 3',
      'coordinator of engine 2',
      'offsets of engine 2',
    ]);
  });

  it('reads an identity once more than half of the brokers have answered', async () => {
    expect(await offsetReader(client).topicIds('a', WITHIN_MS)).to.deep.equal(['an id', 'an id']);
    hanging = 1;
    expect(await offsetReader(client).topicIds('a', WITHIN_MS)).to.deep.equal(['an id', 'its own id']);
  });

  it('reads no identity while half of the brokers fail', async () => {
    hanging = 2;
    const reading = offsetReader({ ...client, brokers: async () => [1, 2] }).topicIds('a', 50);
    expect(await failure(reading)).to.equal('Error: timed out');
  });

  it('looks up the coordinator at another broker when one hangs', async () => {
    hanging = 1;
    await offsetReader(client).committedOffsets('engine', PARTITIONS, WITHIN_MS);
    expect(requests).to.deep.equal([
      'coordinator of engine 1',
      'coordinator of engine 2',
      'offsets of engine 3',
    ]);
  });
});
