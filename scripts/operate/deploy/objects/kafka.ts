/** A `KafkaTopic` for each topic, a `KafkaUser` for each principal. */

import { SET_UP } from '#participants/access/access.ts';
import { strimziUsers } from '#participants/access/kafka-acls.ts';
import { topicConfig } from '#platform/kafka/admin.ts';
import { TOPICS } from '#protocol/topics.ts';
import { type KubernetesObject, objectsIn } from '../kubernetes-object.ts';
import { KAFKA } from '../names.ts';

const REPLICAS = 3;

/** Every topic, with the settings that `create-topics.ts` gives it. */
export const topicObjects = (): KubernetesObject[] =>
  TOPICS.map((topic) => ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: { name: topic.name, labels: { 'strimzi.io/cluster': KAFKA } },
    spec: { partitions: topic.partitions, replicas: REPLICAS, config: topicConfig(topic, REPLICAS) },
  }));

/** Every principal but the job that creates topics, which Strimzi does here. */
export const userObjects = (): KubernetesObject[] =>
  objectsIn(strimziUsers(KAFKA)).filter(({ metadata }) => metadata.name !== SET_UP);
