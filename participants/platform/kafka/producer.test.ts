/** The producer against brokers whose answers are written down: what is sent again, how, and in which order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { partitionOf } from '#protocol/ids.ts';
import { silent } from '../process/log.ts';
import type { Answer, Batch, Brokers } from './broker-client.ts';
import type { Identity } from './partition-queue.ts';
import { openProducer, type Placement, type Producer } from './producer.ts';

const PARTITIONS = 3;
const TOPIC = 'payment-requested';
/** Keys of partitions 0, 1 and 2. */
const [A, B, C] = [0, 1, 2].map((partition) => keyOf(partition)) as [string, string, string];

/** Kafka's codes. */
const [OK, NOT_LEADER, TOO_LARGE, OUT_OF_ORDER, DUPLICATE] = [0, 6, 10, 45, 46];

interface Request {
  readonly leader: number;
  readonly identity: Identity;
  readonly batches: readonly Batch[];
  /** Answers: a code a batch, in their order; null: not a word of it. */
  answer(codes: ReadonlyArray<number | null>, timestamp?: number): void;
}

describe('producer', () => {
  let requests: Request[];
  let leaders: Array<number | null>;
  let identities: number;
  let isKnown: boolean;
  let producer: Producer;
  let arrived: Array<[string, Placement | null]>;

  const brokers: Brokers = {
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
          answer(codes, timestamp = 1_000) {
            const answers = codes.map((code): Answer | null =>
              code === null ? null : { code, offset: code === OK ? 40 : -1, timestamp },
            );
            resolve({ answers, error: new Error('no word') });
          },
        });
      }),
    close: async () => {},
  };

  beforeEach(() => {
    [requests, arrived, leaders, identities, isKnown] = [[], [], [1, 1, 2], 0, true];
    producer = openProducer(brokers, silent);
  });
  afterEach(() => producer.close());

  const send = (...messages: ReadonlyArray<readonly [key: string, value: string]>) =>
    producer.send(
      messages.map(([key, value]) => ({
        topic: TOPIC,
        key,
        value: Buffer.from(value),
        headers: new Map(),
        arrived: (placement) => arrived.push([value, placement]),
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

  it('sends each broker one request with all its partitions, for all calls of a moment', async () => {
    send([A, 'a'], [B, 'b']);
    send([A, 'a2'], [C, 'c']);
    await request(1);
    await turn();
    expect(requests.map((one) => `${one.leader} ${sent(one)}`)).to.deep.equal(['1 0:a+a2 0:b', '2 0:c']);
  });

  it('tells each message where it is', async () => {
    send([A, 'a'], [A, 'a2']);
    (await request(0)).answer([OK]);
    await turn();
    expect(arrived).to.deep.equal([
      ['a', { partition: 0, offset: 40, timestamp: 1_000 }],
      ['a2', { partition: 0, offset: 41, timestamp: 1_000 }],
    ]);
  });

  it('tells the time it was sent where the topic’s clock is the producer’s', async () => {
    const before = Date.now();
    send([A, 'a']);
    (await request(0)).answer([OK], -1);
    await turn();
    expect(arrived[0]?.[1]?.timestamp).to.be.within(before, Date.now());
  });

  it('lets what comes meanwhile leave together, under the numbers that follow', async () => {
    send([A, 'a'], [A, 'a2']);
    const first = await request(0);
    send([A, 'a3']);
    send([A, 'a4']);
    await turn();
    expect(requests, 'nothing overtakes').to.have.length(1);
    first.answer([OK]);
    expect(sent(await request(1))).to.equal('2:a3+a4');
  });

  it('sends a batch of which nothing was said again as it was, before all that came after it', async () => {
    send([A, 'a'], [B, 'b']);
    const first = await request(0);
    send([A, 'a2']);
    first.answer([null, null]);
    const again = await request(1);
    expect(sent(again)).to.equal('0:a 0:b');
    expect(again.identity).to.equal(first.identity);
    again.answer([OK, OK]);
    expect(sent(await request(2))).to.equal('1:a2');
  });

  it('sends again only what was refused, to who leads it now', async () => {
    send([A, 'a'], [B, 'b']);
    leaders = [1, 2, 2];
    (await request(0)).answer([OK, NOT_LEADER]);
    const again = await request(1);
    expect(`${again.leader} ${sent(again)}`).to.equal('2 0:b');
    again.answer([OK]);
    await turn();
    expect(arrived.map(([value]) => value)).to.deep.equal(['a', 'b']);
  });

  it('waits for a leader where there is none, and holds nobody else up', async () => {
    leaders = [null, 1, 2];
    send([A, 'a'], [B, 'b']);
    expect(sent(await request(0))).to.equal('0:b');
    leaders = [1, 1, 2];
    expect(sent(await request(1))).to.equal('0:a');
  });

  it('takes another identity where the broker has forgotten its own, and leaves the other partitions theirs', async () => {
    send([A, 'a'], [B, 'b']);
    (await request(0)).answer([OK, OK]);
    await turn();
    send([A, 'a2'], [B, 'b2']);
    const second = await request(1);
    second.answer([OUT_OF_ORDER, OK]);
    const again = await request(2);
    expect(sent(again)).to.equal('0:a2');
    expect(again.identity).not.to.equal(second.identity);
    again.answer([OK]);
    await turn();
    send([A, 'a3'], [B, 'b3']);
    await request(4);
    expect(requests.slice(3).map(sent).sort()).to.deep.equal(['1:a3', '2:b3']);
    expect(identities).to.equal(2);
  });

  it('sends what was too large for a broker in smaller batches', async () => {
    send([A, 'a'], [A, 'a2']);
    (await request(0)).answer([TOO_LARGE]);
    (await request(1)).answer([OK]);
    await request(2);
    expect(requests.map(sent)).to.deep.equal(['0:a+a2', '0:a', '1:a2']);
  });

  it('says of a repetition that the broker knows without its place that it is there', async () => {
    send([A, 'a']);
    (await request(0)).answer([DUPLICATE]);
    await turn();
    expect(arrived).to.deep.equal([['a', null]]);
  });

  it('keeps what is sent to a topic nobody tells of yet', async () => {
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
