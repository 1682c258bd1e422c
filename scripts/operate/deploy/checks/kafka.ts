/** Topics, rights and the brokers' settings are those of the code, no more and no fewer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { SET_UP } from '#participants/access/access.ts';
import { kafkaAcls } from '#participants/access/kafka-acls.ts';
import { topicConfig } from '#platform/kafka/admin.ts';
import { TOPICS } from '#protocol/topics.ts';
import { root } from '#scripts/run/stack/places.ts';
import { type KubernetesObject, ofKind } from '../kubernetes-object.ts';

const REPLICAS = 3;

/** What two lists do not have in common. */
export function difference(what: string, wanted: Iterable<string>, present: Iterable<string>): string[] {
  const [all, here] = [new Set(wanted), new Set(present)];
  return [
    ...[...all].filter((one) => !here.has(one)).map((one) => `${what} ${one} is missing`),
    ...[...here].filter((one) => !all.has(one)).map((one) => `${what} ${one} is unknown to the code`),
  ];
}

export function checkTopics(objects: readonly KubernetesObject[]): string[] {
  const text = (name: string, partitions: number, replicas: number, config: Record<string, string>) => {
    const settings = Object.entries(config).map(([setting, value]) => `${setting}=${value}`);
    return `${name} (${partitions} × ${replicas}, ${settings.sort().join(', ')})`;
  };
  return difference(
    'topic',
    TOPICS.map((topic) => text(topic.name, topic.partitions, REPLICAS, topicConfig(topic, REPLICAS))),
    ofKind(objects, 'KafkaTopic').map(({ metadata, spec }) =>
      text(metadata.name, spec.partitions, spec.replicas, spec.config),
    ),
  );
}

interface Rule {
  readonly resource: Readonly<{ type: string; name: string; patternType: string }>;
  readonly operations: readonly string[];
}

/** The principal that creates topics is not among them: Strimzi creates them. */
export function checkRights(objects: readonly KubernetesObject[]): string[] {
  const text = (principal: string, resource: string, name: string, pattern: string, operation: string) =>
    `${principal} ${operation} ${resource} ${pattern} ${name}`;
  const wanted = kafkaAcls()
    .filter(({ principal }) => principal !== SET_UP)
    .flatMap(({ principal, resource, name, pattern, operations }) =>
      operations.map((operation) => text(principal, resource, name, pattern, operation)),
    );
  const present = ofKind(objects, 'KafkaUser').flatMap(({ metadata, spec }) =>
    (spec.authorization.acls as Rule[]).flatMap(({ resource, operations }) =>
      operations.map((one) => text(metadata.name, resource.type, resource.name, resource.patternType, one)),
    ),
  );
  return difference('right', wanted, present);
}

/** Which broker one is, and how it is reached, is each deployment's own matter. */
const OWN =
  /^(CLUSTER_ID|KAFKA_(PROCESS_ROLES|CONTROLLER_.*|LISTENER.*|INTER_BROKER_.*|LOG_DIRS|HEAP_OPTS|JMX_EXPORTER))$/;

/** Compose's brokers and the cluster's are set alike. */
export function checkBrokers(objects: readonly KubernetesObject[]): string[] {
  const compose = parse(readFileSync(join(root, 'deploy/compose.yml'), 'utf8'), { merge: true });
  const inCompose = Object.entries(compose['x-kafka'].environment)
    .filter(([name]) => !OWN.test(name))
    .map(
      ([name, value]) =>
        `${name
          .replace(/^KAFKA_/, '')
          .toLowerCase()
          .replaceAll('_', '.')}=${value}`,
    );
  const inCluster = Object.entries(ofKind(objects, 'Kafka')[0]?.spec.kafka.config ?? {}).map(
    ([name, value]) => `${name}=${value}`,
  );
  return difference('setting of brokers', inCompose, inCluster);
}
