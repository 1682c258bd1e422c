/**
 * What the product uses of its Kafka clients beyond their documentation. package.json pins both; these tests fail when an
 * update changes one of these things, and name what to check.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import confluent from '@confluentinc/kafka-javascript';
import * as platformatic from '@platformatic/kafka';
import { expect } from 'chai';
import packageJson from '../../../package.json' with { type: 'json' };
import { committedIn, keyOf, leadersIn, logOffsetsIn, resultsIn } from './broker-responses.ts';

const require = createRequire(import.meta.url);
const PLATFORMATIC = { name: '@platformatic/kafka', version: '2.12.1', file: 'broker-client.ts' } as const;
const CONFLUENT = {
  name: '@confluentinc/kafka-javascript',
  version: '1.10.1',
  file: 'consumer-client.ts',
} as const;

/** The message of a failed test. */
const toCheck = ({ name, version, file }: typeof PLATFORMATIC | typeof CONFLUENT, what: string) =>
  `${name} differs from ${version}: check ${what} in participants/platform/kafka/${file}, then update this test`;

function installedVersion(name: string): string {
  const entry = require.resolve(name);
  const folder = entry.slice(0, entry.lastIndexOf(`/${name}/`) + name.length + 2);
  return require(`${folder}package.json`).version;
}

for (const client of [PLATFORMATIC, CONFLUENT])
  it(`${client.name} is pinned to ${client.version}`, () => {
    expect(packageJson.dependencies[client.name], 'package.json must pin it exactly').to.equal(
      client.version,
    );
    expect(installedVersion(client.name), toCheck(client, 'everything that the tests below name')).to.equal(
      client.version,
    );
  });

describe('@platformatic/kafka without its start-up cost', () => {
  /** In a process of its own: here other tests may have imported the package already. */
  const compiledBy = (work: string) => {
    const program = `
      const { Ajv2020 } = await import('ajv/dist/2020.js');
      const { compile } = Ajv2020.prototype;
      let compiled = 0;
      Ajv2020.prototype.compile = function (...given) { compiled += 1; return compile.apply(this, given); };
      const { library } = await import('#platform/kafka/broker-library.ts');
      ${work}
      console.log(compiled);`;
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    return run.stderr + run.stdout.trim();
  };

  it('compiles no validator before it validates', () => {
    expect(compiledBy(''), toCheck(PLATFORMATIC, 'broker-library.ts')).to.equal('0');
  });

  it('validates options as without it, and says what is wrong', () => {
    const wrong = `
      try { new library.Admin({ clientId: 3, bootstrapBrokers: [], strict: true }); console.log('accepted'); }
      catch (error) { console.log(error.message); }`;
    expect(compiledBy(wrong)).to.match(/clientId must be string/);
  });
});

describe('@platformatic/kafka beyond its documentation', () => {
  const { Writer, Reader } = platformatic;
  type Parse<T> = (correlationId: number, key: number, version: number, reader: platformatic.Reader) => T;
  const parsed = <T>(parse: Parse<T>, writer: platformatic.Writer): T =>
    parse(0, 0, 0, Reader.from(writer.buffer));
  const batches = [{ topic: 'a', partition: 3, sequence: 0, records: [] }];

  it('exports encoders of these requests and versions', () => {
    const { produceV9, metadataV12, listOffsetsV7, findCoordinatorV4, offsetFetchV8 } = platformatic;
    const apis = [produceV9, metadataV12, listOffsetsV7, findCoordinatorV4, offsetFetchV8].map(({ api }) => [
      api.key,
      api.version,
      typeof api.async,
    ]);
    expect(apis, toCheck(PLATFORMATIC, 'the requests by `…V9.api.async`')).to.deep.equal([
      [0, 9, 'function'],
      [3, 12, 'function'],
      [2, 7, 'function'],
      [10, 4, 'function'],
      [9, 8, 'function'],
    ]);
  });

  it('numbers a batch by `sequences`, under the key topic:partition, and the identity of the options', () => {
    const sequences = new platformatic.NumericMap([[keyOf('a', 3), 41]]);
    const message = {
      topic: 'a',
      partition: 3,
      key: Buffer.from('k'),
      value: Buffer.from('v'),
      timestamp: 1n,
    };
    const options = { sequences, producerId: 7n, producerEpoch: 2, compression: 'lz4' as const };
    const encoded = platformatic.createRecordsBatch([message], options);
    const batch = platformatic.readRecordsBatch(Reader.from(encoded.buffer));
    const { firstSequence, producerId, producerEpoch } = batch;
    expect({ firstSequence, producerId, producerEpoch }, toCheck(PLATFORMATIC, '`produce`')).to.deep.equal({
      firstSequence: 41,
      producerId: 7n,
      producerEpoch: 2,
    });
  });

  const produceResponse = (code: number) =>
    Writer.create()
      .appendArray(['a'], (w, name) =>
        w.appendString(name).appendArray([3], (w, index) =>
          w
            .appendInt32(index)
            .appendInt16(code)
            .appendInt64(40n)
            .appendInt64(1_000n)
            .appendInt64(0n)
            .appendArray([], () => {})
            .appendString(null),
        ),
      )
      .appendInt32(0)
      .appendTaggedFields();

  it('parses a produce response into code, offset and log append time', () => {
    const response = parsed(platformatic.produceV9.parseResponse, produceResponse(0));
    expect(resultsIn(response, batches), toCheck(PLATFORMATIC, '`resultsIn`')).to.deep.equal([
      { code: 0, offset: 40, timestamp: 1_000 },
    ]);
  });

  it('throws a ResponseError that holds the whole response and each error’s code and canRetry', () => {
    let thrown: unknown;
    try {
      parsed(platformatic.produceV9.parseResponse, produceResponse(6));
    } catch (error) {
      thrown = error;
    }
    expect(thrown, toCheck(PLATFORMATIC, 'all uses of ResponseError')).to.be.instanceOf(
      platformatic.ResponseError,
    );
    const error = thrown as platformatic.ResponseError;
    expect(
      resultsIn(error['response'], batches),
      toCheck(PLATFORMATIC, '`produce`, `lastResponse`'),
    ).to.deep.equal([{ code: 6, offset: 40, timestamp: 1_000 }]);
    expect(platformatic.findErrorBy(error, 'apiCode', 6), toCheck(PLATFORMATIC, '`unless`')).not.to.equal(
      null,
    );
    expect(
      platformatic.findErrorBy(error, 'canRetry', false),
      toCheck(PLATFORMATIC, '`isPermanent`'),
    ).to.equal(null);
  });

  it('parses a metadata response into leaders by partition', () => {
    const response = Writer.create()
      .appendInt32(0)
      .appendArray([1], (w, id) =>
        w.appendInt32(id).appendString('host').appendInt32(9092).appendString(null),
      )
      .appendString('cluster')
      .appendInt32(1)
      .appendArray(['a'], (w, name) =>
        w
          .appendInt16(0)
          .appendString(name)
          .appendUUID(null)
          .appendBoolean(false)
          .appendArray([1, 0], (w, partition) =>
            w
              .appendInt16(0)
              .appendInt32(partition)
              .appendInt32(partition === 0 ? 2 : -1)
              .appendInt32(0)
              .appendArray([], () => {})
              .appendArray([], () => {})
              .appendArray([], () => {}),
          )
          .appendInt32(0),
      )
      .appendTaggedFields();
    const leaders = leadersIn(parsed(platformatic.metadataV12.parseResponse, response));
    expect([...leaders], toCheck(PLATFORMATIC, '`leadersIn`')).to.deep.equal([['a', [2, null]]]);
  });

  it('parses list-offsets and offset-fetch responses into offsets by partition', () => {
    const listed = Writer.create()
      .appendInt32(0)
      .appendArray(['a'], (w, name) =>
        w
          .appendString(name)
          .appendArray([3], (w, index) =>
            w.appendInt32(index).appendInt16(0).appendInt64(-1n).appendInt64(40n).appendInt32(0),
          ),
      )
      .appendTaggedFields();
    expect(
      logOffsetsIn(parsed(platformatic.listOffsetsV7.parseResponse, listed)),
      toCheck(PLATFORMATIC, '`logOffsetsIn`'),
    ).to.deep.equal([{ topic: 'a', partition: 3, offset: 40 }]);

    const fetched = Writer.create()
      .appendInt32(0)
      .appendArray(['engine'], (w, group) =>
        w
          .appendString(group)
          .appendArray(['a'], (w, name) =>
            w.appendString(name).appendArray([3, 4, 5], (w, index) =>
              w
                .appendInt32(index)
                .appendInt64(index === 4 ? -1n : 40n)
                .appendInt32(0)
                // As the consuming client writes it, with its zero byte; others write none.
                .appendString(index === 5 ? 'an-id\0' : '')
                .appendInt16(0),
            ),
          )
          .appendInt16(0),
      )
      .appendTaggedFields();
    expect(
      committedIn(parsed(platformatic.offsetFetchV8.parseResponse, fetched)),
      toCheck(PLATFORMATIC, '`committedIn`'),
    ).to.deep.equal([
      { topic: 'a', partition: 3, offset: 40, topicId: null },
      { topic: 'a', partition: 5, offset: 40, topicId: 'an-id' },
    ]);
  });

  it('has these methods, and announces each connection before it connects', async () => {
    const options = { clientId: 'test', bootstrapBrokers: ['127.0.0.1:1'], retries: 0 };
    const [producer, admin] = [new platformatic.Producer(options), new platformatic.Admin(options)];
    const methods = [
      producer.initIdempotentProducer,
      producer.metadata,
      producer.connectToBrokers,
      admin.createTopics,
      admin.deleteTopics,
      admin.deleteGroups,
    ].map((method) => typeof method);
    expect(methods, toCheck(PLATFORMATIC, 'the methods called on the two clients')).to.deep.equal(
      methods.map(() => 'function'),
    );
    const announced: boolean[] = [];
    producer.connections.on('connecting', ({ connection }) => {
      connection.on('error', () => {});
      announced.push(connection.isConnected());
    });
    // Nothing listens on port 1: without the listener for `error` the failure would end this process.
    const failed = await producer.metadata({ topics: [] }).then(
      () => false,
      () => true,
    );
    expect([failed, announced], toCheck(PLATFORMATIC, '`connect`')).to.deep.equal([true, [false]]);
    await Promise.all([producer.close(), admin.close()]);
  });
});

describe('@confluentinc/kafka-javascript beyond its documentation', () => {
  const { prototype } = confluent.KafkaConsumer;

  it('has the methods that its type declarations lack', () => {
    for (const name of ['assignmentLost', 'setDefaultIsTimeoutOnlyForFirstMessage'])
      expect(prototype, toCheck(CONFLUENT, `\`${name}\``))
        .to.have.property(name)
        .that.is.a('function');
  });

  it('waits with consume(n) for a first record only, and rejects with the code of librdkafka', () => {
    const calls: unknown[][] = [];
    const consumer = Object.assign(Object.create(prototype), {
      _client: { consume: (...args: unknown[]) => void calls.push(args) },
    });
    consumer.setDefaultConsumeTimeout(100);
    consumer.setDefaultIsTimeoutOnlyForFirstMessage(true);
    let failure: { code?: number } | null = null;
    consumer.consume(5, (error: { code?: number }) => {
      failure = error;
    });
    const [timeoutMs, max, onlyFirst, callback] = calls[0] ?? [];
    expect([timeoutMs, max, onlyFirst], toCheck(CONFLUENT, '`consume`')).to.deep.equal([100, 5, true]);
    (callback as (error: unknown) => void)({ code: -140, message: 'no such offset' });
    expect(failure, toCheck(CONFLUENT, '`ConsumeError`')).to.include({ code: -140 });
  });

  it('calls rebalance_cb with different codes for an assignment and a revocation', () => {
    const calls: unknown[][] = [];
    const rebalance_cb = (error: { code: number }, partitions: unknown) =>
      void calls.push([error.code, partitions]);
    const consumer = new confluent.KafkaConsumer({ 'group.id': 'test', rebalance_cb }, {});
    const { _cb_configs } = consumer as unknown as {
      _cb_configs: { global: { rebalance_cb: (error: unknown, partitions: unknown) => void } };
    };
    const partitions = [{ topic: 'a', partition: 3 }];
    _cb_configs.global.rebalance_cb({ code: -175, message: 'assign' }, partitions);
    expect(calls, toCheck(CONFLUENT, '`rebalance_cb`')).to.deep.equal([[-175, partitions]]);
    const { ERR__ASSIGN_PARTITIONS, ERR__AUTO_OFFSET_RESET } = confluent.CODES.ERRORS;
    expect(
      [ERR__ASSIGN_PARTITIONS, ERR__AUTO_OFFSET_RESET],
      toCheck(CONFLUENT, 'the error codes'),
    ).to.deep.equal([-175, -140]);
  });
});
