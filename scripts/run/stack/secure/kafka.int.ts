/** Every way in which a client may prove itself to the brokers, with both libraries, and what it reports when it may not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type KafkaSecurity, kafkaSecurity } from '#platform/connections/kafka-security.ts';
import { createTopics } from '#platform/kafka/admin.ts';
import { openAdminClient } from '#platform/kafka/broker-client.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { type ConsumerClient, connectConsumer } from '#platform/kafka/consumer-client.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { type Logger, silent } from '#platform/process/log.ts';
import { TOPICS } from '#protocol/topics.ts';
import { waitUntil } from '../../wait-until.ts';
import { signalService, startOneService } from '../one-service.ts';
import { stackDown, stackUp } from '../stack.ts';
import { type Issued, issue } from './certificates.ts';
import { authorityOf, kafkaSecurityOf, secureEnvironment } from './connections.ts';
import { permitTopics } from './permissions.ts';
import { ADMIN, passwordFile, replacePassword, secureFolder } from './secrets.ts';
import {
  byCertificate,
  byPlain,
  byTokensOf,
  type Issuer,
  openIssuer,
  PLAIN_PASSWORD,
} from './testing/listeners.ts';

const stack = 'test-secure-kafka';
const TOPIC = 'inventory-requested';
const CLIENT_SECRET = 'a client secret of the issuer, long enough';
describe('a client of secured brokers', () => {
  let issuer: Issuer;
  let brokers: string;
  let more: { certificate: string; plain: string; tokens: string };
  let own: Issued;

  before(async () => {
    issuer = await openIssuer(CLIENT_SECRET);
    const [certificate, plain, tokens] = await Promise.all([
      byCertificate(),
      byPlain(),
      byTokensOf(issuer.url),
    ]);
    more = { certificate: certificate.brokers, plain: plain.brokers, tokens: tokens.brokers };
    brokers = (await stackUp({ name: stack, secure: true, listeners: [certificate, plain, tokens] })).kafka;
    const topics = TOPICS.filter(({ name }) => name === TOPIC);
    await createTopics({ brokers, topics, security: kafkaSecurityOf(stack, ADMIN) });
    await permitTopics(stack, brokers, '');
    own = await issue(secureFolder(stack), 'inventory');
  });
  after(async () => {
    await stackDown(stack, { wipe: true });
    await issuer.close();
  });

  const fileWith = (name: string, text: string) => {
    const file = join(secureFolder(stack), name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const scram = (mechanism: string): KafkaSecurity =>
    kafkaSecurity({
      ...secureEnvironment(stack, { kafka: 'inventory' }),
      KAFKA_SASL_MECHANISM: mechanism,
    });
  const WAYS: Readonly<Record<string, () => { at: string; security: KafkaSecurity }>> = {
    'SCRAM-SHA-512': () => ({ at: brokers, security: scram('SCRAM-SHA-512') }),
    'SCRAM-SHA-256': () => ({ at: brokers, security: scram('SCRAM-SHA-256') }),
    PLAIN: () => ({
      at: more.plain,
      security: kafkaSecurity({
        KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
        KAFKA_CA_FILE: authorityOf(stack),
        KAFKA_SASL_MECHANISM: 'PLAIN',
        KAFKA_SASL_USER: 'inventory',
        KAFKA_SASL_PASSWORD_FILE: fileWith('plain', PLAIN_PASSWORD),
      }),
    }),
    OAUTHBEARER: () => ({ at: more.tokens, security: tokens(CLIENT_SECRET) }),
    'mutual TLS': () => ({ at: more.certificate, security: certified(own) }),
  };
  const tokens = (secret: string) =>
    kafkaSecurity({
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_CA_FILE: authorityOf(stack),
      KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
      KAFKA_SASL_USER: 'inventory',
      KAFKA_SASL_PASSWORD_FILE: fileWith('client-secret', secret),
      KAFKA_OAUTH_TOKEN_URL: issuer.tokenUrl,
    });
  const certified = ({ cert, key }: Issued) =>
    kafkaSecurity({
      KAFKA_SECURITY_PROTOCOL: 'SSL',
      KAFKA_CA_FILE: authorityOf(stack),
      KAFKA_CERT_FILE: cert,
      KAFKA_KEY_FILE: key,
    });

  const publish = async (text: string) => {
    const publisher = await openPublisher({
      brokers,
      clientId: 'test',
      security: kafkaSecurityOf(stack, ADMIN),
      settings: ORDER_PRODUCER,
      log: silent,
    });
    await publisher.publish([{ topic: TOPIC, key: 'key', value: text }]);
    await publisher.close();
  };
  /** Reads the topic as the group `inventory`, until a text comes. */
  const readUntil = async (consumer: ConsumerClient, text: string) => {
    const texts: string[] = [];
    await waitUntil(
      async () => texts.push(...(await consumer.consume(100)).map(({ value }) => String(value))),
      () => texts.includes(text),
    );
  };
  const consumerAt = async (at: string, security: KafkaSecurity, log: Logger = silent) => {
    let consumer: ConsumerClient | undefined;
    consumer = await connectConsumer({
      brokers: at,
      group: 'inventory',
      clientId: 'test',
      security,
      settings: GENERAL_CONSUMER,
      onAssigned: (partitions) => consumer?.assign(partitions),
      onRevoked: () => consumer?.unassign(),
      onLost() {},
      log,
    });
    consumer.subscribe([TOPIC]);
    return consumer;
  };

  for (const [way, make] of Object.entries(WAYS)) {
    it(`administers, produces and consumes with ${way}`, async () => {
      const { at, security } = make();
      const client = await openAdminClient({ brokers: at, clientId: 'test', security, log: silent });
      expect((await client.describeTopics([TOPIC], true)).get(TOPIC)).to.not.equal(undefined);
      await client.close();
      // Inventory may not write its own channel; its replies go elsewhere, so the administrator writes.
      await publish(way);
      const consumer = await consumerAt(at, security);
      await readUntil(consumer, way);
      await consumer.close();
    });
  }

  it('uses a token for as long as it is good, and gets another then', async () => {
    const before = issuer.issued();
    const { at, security } = WAYS['OAUTHBEARER']?.() ?? { at: '', security: tokens(CLIENT_SECRET) };
    for (let n = 0; n < 3; n++) {
      const client = await openAdminClient({ brokers: at, clientId: 'test', security, log: silent });
      await client.brokers(true);
      await client.close();
    }
    // One a client: each has its own.
    expect(issuer.issued() - before).to.equal(3);
  });

  describe('that may not', () => {
    const refused = (at: string, security: KafkaSecurity): Promise<string> =>
      openAdminClient({ brokers: at, clientId: 'test', security, startWithinMs: 1_000, log: silent }).then(
        async (client) => {
          await client.close();
          return 'connected';
        },
        (error: Error) => error.message,
      );
    /** What a consumer logs while it tries. */
    const logged = async (at: string, security: KafkaSecurity): Promise<string> => {
      const lines: string[] = [];
      const log = {
        ...silent,
        throttled: (_k: string, _e: string, f = {}) => void lines.push(JSON.stringify(f)),
      };
      const connecting = consumerAt(at, security, log as Logger).then(
        (consumer) => consumer.close(),
        () => {},
      );
      await waitUntil(
        () => lines,
        (some) => some.length > 0,
      );
      void connecting;
      return lines.join('\n');
    };

    it('reports that its password is wrong', async () => {
      const security = kafkaSecurity({
        ...secureEnvironment(stack, { kafka: 'inventory' }),
        KAFKA_SASL_PASSWORD_FILE: fileWith('wrong', 'not the password'),
      });
      expect(await refused(brokers, security)).to.match(/authentication failed.*check KAFKA_SASL_USER/i);
      expect(await logged(brokers, security)).to.match(/authentication failed.*check KAFKA_SASL_USER/i);
    });

    it('reports that the authority is unknown', async () => {
      const other = await issue(join(secureFolder(stack), 'other'), 'other');
      const security = kafkaSecurity({
        ...secureEnvironment(stack, { kafka: 'inventory' }),
        KAFKA_CA_FILE: join(secureFolder(stack), 'other', 'ca.pem'),
      });
      expect(other.cert).to.be.a('string');
      expect(await refused(brokers, security)).to.match(/no authority in KAFKA_CA_FILE has signed/);
      expect(await logged(brokers, security)).to.match(/no authority in KAFKA_CA_FILE has signed/);
    });

    it('reports that the issuer refuses its secret', async () => {
      expect(await refused(more.tokens, tokens('another secret of some length'))).to.match(
        /no token from KAFKA_OAUTH_TOKEN_URL.*KAFKA_SASL_PASSWORD_FILE/,
      );
    });

    it('reports that its own certificate has expired, before it connects', async () => {
      const expired = await issue(secureFolder(stack), 'expired', -1);
      expect(() => certified(expired)).to.throw(/KAFKA_CERT_FILE names .* a certificate that expired at/);
    });
  });

  it('goes on with a rotated password: a consumer and a producer that were open before', async () => {
    const security = kafkaSecurityOf(stack, 'inventory');
    const consumer = await consumerAt(brokers, security);
    await publish('before the rotation');
    await readUntil(consumer, 'before the rotation');
    replacePassword(stack, 'kafka', 'inventory');
    await permitTopics(stack, brokers, '');
    // The old connections live on; the restart of the broker makes every client sign in again.
    await signalService(stack, 'kafka', 'SIGKILL');
    await startOneService(stack, 'kafka');
    await publish('after the rotation');
    await readUntil(consumer, 'after the rotation');
    await consumer.close();
    expect(passwordFile(stack, 'kafka', 'inventory')).to.be.a('string');
  });
});
