/** Creates the topics with their settings, and checks those that exist. */
import kafka from '@confluentinc/kafka-javascript';
import { TOPICS, type Topic } from '#protocol/topics.ts';

const TIMEOUT_MS = 15_000;
const ASK_EVERY_MS = 50;
const ALREADY_EXISTS = 36;

/**
 * Creates every topic that is missing, with replication 3 and min in-sync 2 as far as there are brokers, and resolves when
 * the brokers tell of each: a consumer that subscribes sooner is given only the topics they tell of, and the others when
 * it asks again, half a minute later.
 * @param options.prefix put in front of every name
 * @throws Error when the brokers do not tell of them in 15 s, or an existing topic has another number of partitions: keys would move, so set-up stops and says so
 */
export async function createTopics(options: {
  brokers: string;
  prefix?: string;
  topics?: readonly Topic[];
}): Promise<void> {
  const { prefix = '', topics = TOPICS } = options;
  const admin = kafka.AdminClient.create({ 'metadata.broker.list': options.brokers, 'client.id': 'set-up' });
  const probe = new kafka.Producer({ 'metadata.broker.list': options.brokers, 'client.id': 'set-up' });
  try {
    const metadata = await new Promise<kafka.Metadata>((resolve, reject) => {
      probe.connect({ timeout: TIMEOUT_MS, allTopics: true }, (error, data) =>
        error ? reject(error) : resolve(data),
      );
    });
    const existing = new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length]));
    const replication = Math.min(3, metadata.brokers.length);
    await Promise.all(
      topics.map(async (topic) => {
        const partitions = existing.get(prefix + topic.name);
        if (partitions === undefined) return createTopic(admin, prefix, topic, replication);
        if (partitions !== topic.partitions) {
          throw new Error(
            `topic ${prefix + topic.name} has ${partitions} partitions, not ${topic.partitions}: keys would land elsewhere. ` +
              'Delete it, or bring its data to a new one.',
          );
        }
      }),
    );
    await allTold(
      probe,
      topics.map(({ name, partitions }) => ({ name: prefix + name, partitions })),
    );
  } finally {
    probe.disconnect();
    admin.disconnect();
  }
}

/** Waits until the brokers tell of all topics, each partition with its leader. */
async function allTold(
  client: kafka.Producer,
  topics: ReadonlyArray<{ readonly name: string; readonly partitions: number }>,
): Promise<void> {
  const until = performance.now() + TIMEOUT_MS;
  for (;;) {
    const led = new Map(
      (await metadataOf(client)).topics.map((topic) => [
        topic.name,
        topic.partitions.filter(({ leader }) => leader >= 0).length,
      ]),
    );
    const missing = topics.filter(({ name, partitions }) => (led.get(name) ?? 0) < partitions);
    if (missing.length === 0) return;
    if (performance.now() > until) {
      const names = missing.map(({ name }) => name).join(', ');
      throw new Error(`the brokers do not tell of these topics: ${names}. See the brokers’ logs.`);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

function metadataOf(client: kafka.Producer): Promise<kafka.Metadata> {
  return new Promise((resolve, reject) => {
    client.getMetadata({ allTopics: true, timeout: TIMEOUT_MS }, (error, data) =>
      error ? reject(error) : resolve(data),
    );
  });
}

function createTopic(
  admin: kafka.IAdminClient,
  prefix: string,
  topic: Topic,
  replication: number,
): Promise<void> {
  const config: Record<string, string> = {
    'cleanup.policy': 'delete',
    'retention.ms': String(topic.retentionMs),
    'compression.type': topic.compression,
    'min.insync.replicas': String(Math.max(1, replication - 1)),
    ...topic.config,
  };
  const wanted = {
    topic: prefix + topic.name,
    num_partitions: topic.partitions,
    replication_factor: replication,
    config,
  };
  return new Promise((resolve, reject) => {
    admin.createTopic(wanted, TIMEOUT_MS, (error) =>
      error && error.code !== ALREADY_EXISTS ? reject(error) : resolve(),
    );
  });
}
