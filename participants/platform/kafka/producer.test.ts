import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { partitionOf } from '#protocol/ids.ts';
import { silent } from '../process/log.ts';
import type { ProduceBatch, ProduceResult, ProducerClient, ProducerIdentity } from './brokers.ts';
import { LEFT_MAX } from './partition-queue.ts';
import { openProducer, type Placement, type Producer } from './producer.ts';

const PARTITIONS = 3;
const TOPIC = 'payment-requested';
/** Keys of partitions 0, 1 and 2. */
const [A, B, C] = [0, 1, 2].map((partition) => keyOf(partition)) as [string, string, string];

/** Kafka's codes. */
const [OK, NOT_LEADER, TOO_LARGE, NOT_ENOUGH_REPLICAS] = [0, 6, 10, 19];
const [INVALID_TIMESTAMP, OUT_OF_ORDER, DUPLICATE] = [32, 45, 46];

interface Request {
  readonly leader: number;
  readonly identity: ProducerIdentity;
  readonly batches: readonly ProduceBatch[];
  /** Responds with a code a batch, in their order; null: no result. */
  respond(codes: ReadonlyArray<number | null>, timestamp?: number): void;
}

describe('producer', () => {
  let requests: Request[];
  let leaders: Array<number | null>;
  let identities: number;
  let isKnown: boolean;
  let producer: Producer;
  let acknowledged: Array<[string, Placement | null]>;
  let isLeft: boolean;
  let dropped: string[];

  const client: ProducerClient = {
    async leadersOf() {
      if (!isKnown) throw new Error('unknown topic');
      return leaders;
    },
    identity: async () => ({ producerId: BigInt(++identities), producerEpoch: 0 }),
    produce: (leader, identity, batches) =>
      new Promise((resolve) => {
        requests.push({
          leader,
          identity,
          batches,
          respond(codes, timestamp = 1_000) {
            const results = codes.map((code): ProduceResult | null =>
              code === null ? null : { code, offset: code === OK ? 40 : -1, timestamp },
            );
            resolve({ results, error: new Error('no response'), throttledMs: 0 });
          },
        });
      }),
    mayWrite: async () => true,
    close: async () => {},
  };

  beforeEach(() => {
    [requests, acknowledged, leaders, identities, isKnown] = [[], [], [1, 1, 2], 0, true];
    [isLeft, dropped] = [false, []];
    producer = openProducer(client, silent);
  });
  afterEach(() => producer.close());

  const send = (...messages: ReadonlyArray<readonly [key: string, value: string]>) =>
    producer.send(
      messages.map(([key, value]) => ({
        topic: TOPIC,
        key,
        value: Buffer.from(value),
        headers: new Map(),
        isLeft: () => isLeft,
        onDropped: () => dropped.push(value),
        onAcknowledged: (placement) => acknowledged.push([value, placement]),
      })),
    );
  /** Waits for the nth request. */
  const request = async (n: number): Promise<Request> => {
    for (;;) {
      const there = requests[n];
      if (there !== undefined) return there;
      await sleep(1);
    }
  };
  const sent = ({ batches }: Request) =>
    batches
      .map(({ records, sequence }) => `${sequence}:${records.map(({ value }) => value).join('+')}`)
      .join(' ');
  const turn = () => sleep(5);

  it('sends each leader one request with all its partitions, for all calls of one turn', async () => {
    send([A, 'a'], [B, 'b']);
    send([A, 'a2'], [C, 'c']);
    await request(1);
    await turn();
    expect(requests.map((one) => `${one.leader} ${sent(one)}`)).to.deep.equal(['1 0:a+a2 0:b', '2 0:c']);
  });

  it('reports where each message is in the log', async () => {
    send([A, 'a'], [A, 'a2']);
    (await request(0)).respond([OK]);
    await turn();
    expect(acknowledged).to.deep.equal([
      ['a', { partition: 0, offset: 40, timestamp: 1_000 }],
      ['a2', { partition: 0, offset: 41, timestamp: 1_000 }],
    ]);
  });

  it('reports the time of sending where the topic takes the producer’s timestamps', async () => {
    const before = Date.now();
    send([A, 'a']);
    (await request(0)).respond([OK], -1);
    await turn();
    expect(acknowledged[0]?.[1]?.timestamp).to.be.within(before, Date.now());
  });

  it('sends the messages that arrive meanwhile in one batch, under the next sequence numbers', async () => {
    send([A, 'a'], [A, 'a2']);
    const first = await request(0);
    send([A, 'a3']);
    send([A, 'a4']);
    await turn();
    expect(requests, 'nothing overtakes').to.have.length(1);
    first.respond([OK]);
    expect(sent(await request(1))).to.equal('2:a3+a4');
  });

  it('sends a batch without a result again unchanged, before all later messages', async () => {
    send([A, 'a'], [B, 'b']);
    const first = await request(0);
    send([A, 'a2']);
    first.respond([null, null]);
    const again = await request(1);
    expect(sent(again)).to.equal('0:a 0:b');
    expect(again.identity).to.equal(first.identity);
    again.respond([OK, OK]);
    expect(sent(await request(2))).to.equal('1:a2');
  });

  it('sends only rejected batches again, to their new leaders', async () => {
    send([A, 'a'], [B, 'b']);
    leaders = [1, 2, 2];
    (await request(0)).respond([OK, NOT_LEADER]);
    const again = await request(1);
    expect(`${again.leader} ${sent(again)}`).to.equal('2 0:b');
    again.respond([OK]);
    await turn();
    expect(acknowledged.map(([value]) => value)).to.deep.equal(['a', 'b']);
  });

  it('waits for the leader of one partition without delaying the others', async () => {
    leaders = [null, 1, 2];
    send([A, 'a'], [B, 'b']);
    expect(sent(await request(0))).to.equal('0:b');
    leaders = [1, 1, 2];
    expect(sent(await request(1))).to.equal('0:a');
  });

  it('requests a new identity for a partition whose leader lost it, and keeps that of the other partitions', async () => {
    send([A, 'a'], [B, 'b']);
    (await request(0)).respond([OK, OK]);
    await turn();
    send([A, 'a2'], [B, 'b2']);
    const second = await request(1);
    second.respond([OUT_OF_ORDER, OK]);
    const again = await request(2);
    expect(sent(again)).to.equal('0:a2');
    expect(again.identity).not.to.equal(second.identity);
    again.respond([OK]);
    await turn();
    send([A, 'a3'], [B, 'b3']);
    await request(4);
    expect(requests.slice(3).map(sent).sort()).to.deep.equal(['1:a3', '2:b3']);
    expect(identities).to.equal(2);
  });

  it('splits a batch that the leader rejected as too large', async () => {
    send([A, 'a'], [A, 'a2']);
    (await request(0)).respond([TOO_LARGE]);
    (await request(1)).respond([OK]);
    await request(2);
    expect(requests.map(sent)).to.deep.equal(['0:a+a2', '0:a', '1:a2']);
  });

  it('sends a batch whose timestamps the leader rejected again without them, under the same numbers', async () => {
    send([A, 'a'], [A, 'a2']);
    (await request(0)).respond([INVALID_TIMESTAMP]);
    send([A, 'a3']);
    const again = await request(1);
    expect(sent(again)).to.equal('0:a+a2');
    expect(again.batches[0]?.records.map(({ timestamp }) => timestamp)).to.deep.equal([-1n, -1n]);
    again.respond([OK]);
    expect(sent(await request(2))).to.equal('2:a3');
  });

  it('reports no placement for a repetition whose offset the broker no longer has', async () => {
    send([A, 'a']);
    (await request(0)).respond([DUPLICATE]);
    await turn();
    expect(acknowledged).to.deep.equal([['a', null]]);
  });

  it('drops messages that their senders left, beyond the first thousand, while the partition fails', async () => {
    send([A, 'in flight'], [B, 'b']);
    const first = await request(0);
    send(...Array.from({ length: LEFT_MAX + 5 }, (_, i) => [A, `a${i}`] as const));
    await turn();
    first.respond([NOT_ENOUGH_REPLICAS, OK]);
    const second = await request(1);
    expect(dropped, 'somebody waits for them').to.deep.equal([]);
    expect(producer.failingSince(TOPIC, 0)).to.be.closeTo(Date.now(), 2_000);
    expect(producer.failingSince(TOPIC, 1)).to.equal(null);
    isLeft = true;
    second.respond([NOT_ENOUGH_REPLICAS]);
    const third = await request(2);
    expect(dropped).to.have.length(5).and.include(`a${LEFT_MAX}`);
    third.respond([OK]);
    (await request(3)).respond([OK]);
    await turn();
    expect(acknowledged).to.have.length(2 + LEFT_MAX);
    expect(producer.failingSince(TOPIC, 0)).to.equal(null);
  });

  it('keeps messages until the brokers report their topic', async () => {
    isKnown = false;
    send([A, 'a']);
    send([B, 'b']);
    await turn();
    isKnown = true;
    expect(sent(await request(0))).to.equal('0:a 0:b');
  });
});

function keyOf(partition: number): string {
  for (let i = 0; ; i++) if (partitionOf(`key-${i}`, PARTITIONS) === partition) return `key-${i}`;
}
