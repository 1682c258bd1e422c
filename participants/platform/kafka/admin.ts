/** Creates the topics with their settings, checks those that exist, and deletes them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { TOPICS, type Topic } from '#protocol/topics.ts';
import type { KafkaSecurity } from '../connections/kafka-security.ts';
import { silent } from '../process/log.ts';
import { openAdminClient } from './broker-client.ts';
import type { AdminClient, Leaders } from './brokers.ts';
import { retryWithin } from './retry-within.ts';

const WITHIN_MS = 60_000;
const CHECK_EVERY_MS = 50;
const MAX_REPLICAS = 3;

/**
 * Creates every missing topic, with three replicas and two of them in sync as far as there are brokers. Resolves when every
 * broker reports every topic to clients: a consumer that subscribes sooner receives only the topics its broker reports, and
 * the rest at its next refresh, half a minute later.
 * @param options.prefix put in front of every name
 * @throws Error when a broker does not report them within a minute, or an existing topic has another number of partitions: keys would move
 */
export async function createTopics(options: {
  brokers: string;
  prefix?: string;
  /** This process's own without it. */
  security?: KafkaSecurity;
  topics?: readonly Topic[];
}): Promise<void> {
  const { brokers, prefix = '', security } = options;
  const topics = (options.topics ?? TOPICS).map((topic) => ({ ...topic, name: prefix + topic.name }));
  const client = await openAdminClient({
    brokers,
    clientId: 'set-up',
    ...(security !== undefined && { security }),
    log: silent,
    startWithinMs: WITHIN_MS,
  });
  try {
    const [existing] = await reportedTopics(client, topics);
    for (const { name, partitions } of topics) {
      const found = existing?.get(name)?.length ?? partitions;
      if (found !== partitions)
        throw new Error(
          `topic ${name} has ${found} partitions, not ${partitions}: keys would move to other partitions. ` +
            'Delete the topic, or copy its data to a new one.',
        );
    }
    const replicas = Math.min(MAX_REPLICAS, (await client.brokers(true)).length);
    const missing = topics.filter(({ name }) => !existing?.has(name));
    // A busy broker may create a topic only after the request for it has timed out: by the next attempt it is there.
    const create = () => Promise.all(missing.map((topic) => client.createTopic(newTopic(topic, replicas))));
    await retryWithin(WITHIN_MS, create, client.isPermanent);
    await untilReported(client, topics);
  } finally {
    await client.close();
  }
}

function newTopic(topic: Topic, replicas: number) {
  const { name, partitions } = topic;
  return { name, partitions, replicas, config: topicConfig(topic, replicas) };
}

/** The settings of a topic, as brokers name them. @param replicas the copies that it will have */
export function topicConfig(
  { retentionMs, compression, config }: Topic,
  replicas: number,
): Record<string, string> {
  return {
    'cleanup.policy': 'delete',
    'retention.ms': String(retentionMs),
    'compression.type': compression,
    'min.insync.replicas': String(Math.max(1, replicas - 1)),
    // A producer whose clock is wrong must neither be rejected nor have its records deleted early. Coupons are issued in
    // the order of these timestamps.
    'message.timestamp.type': 'LogAppendTime',
    ...config,
  };
}

/** Waits until every broker reports every topic, each partition with its leader. */
async function untilReported(client: AdminClient, topics: readonly Topic[]): Promise<void> {
  const missing = await reportedOtherwise(client, topics, ({ name, partitions }, report) => {
    return (report.get(name) ?? []).filter((leader) => leader !== null).length === partitions;
  });
  if (missing === null) return;
  throw new Error(`not every broker reports these topics with leaders: ${missing}. See the brokers’ logs.`);
}

/**
 * Deletes topics with their records. Resolves when no broker reports any of them: created sooner, a topic would seem to be
 * there already, and records would still go to the old log.
 * @throws Error when one does not exist, or a broker still reports it after a minute
 */
export async function deleteTopics(options: {
  brokers: string;
  prefix?: string;
  topics: readonly string[];
}): Promise<void> {
  const { brokers, prefix = '' } = options;
  const topics = options.topics.map((name) => ({ name: prefix + name }));
  const client = await openAdminClient({
    brokers,
    clientId: 'set-up',
    log: silent,
    startWithinMs: WITHIN_MS,
  });
  try {
    await client.deleteTopics(topics.map(({ name }) => name));
    const left = await reportedOtherwise(client, topics, ({ name }, report) => !report.has(name));
    if (left !== null)
      throw new Error(`some brokers still report deleted topics: ${left}. See the brokers’ logs.`);
  } finally {
    await client.close();
  }
}

/** Waits until every broker reports each topic as wanted. @returns null, or after a minute the names of the others */
async function reportedOtherwise<T extends { readonly name: string }>(
  client: AdminClient,
  topics: readonly T[],
  isAsWanted: (topic: T, report: Map<string, Leaders>) => boolean,
): Promise<string | null> {
  const until = performance.now() + WITHIN_MS;
  for (;;) {
    const reports = await reportedTopics(client, topics);
    const others = topics.filter((topic) => reports.some((report) => !isAsWanted(topic, report)));
    if (others.length === 0) return null;
    if (performance.now() > until) return others.map(({ name }) => name).join(', ');
    await sleep(CHECK_EVERY_MS);
  }
}

/** What each live broker reports of some topics. */
async function reportedTopics(
  client: AdminClient,
  topics: ReadonlyArray<{ readonly name: string }>,
): Promise<Array<Map<string, Leaders>>> {
  const names = topics.map(({ name }) => name);
  const read = async () =>
    Promise.all((await client.brokers(true)).map((broker) => client.leadersAt(broker, names)));
  return retryWithin(WITHIN_MS, read, client.isPermanent);
}
