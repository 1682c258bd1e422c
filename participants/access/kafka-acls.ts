/** The ACLs of a Kafka cluster, from the list of who may do what: as data, for Kafka's tools, and for Strimzi. */

import { BEATS_GROUP } from '#platform/continuity/beats.ts';
import { CLOCK } from '#protocol/topics.ts';
import { ACCESS, beats, type ProcessAccess, SCALED, SCALER, SET_UP } from './access.ts';

/** One permission of one principal. */
export interface Acl {
  readonly principal: string;
  readonly resource: 'topic' | 'group' | 'cluster';
  /** With its prefix; `kafka-cluster` for the cluster, as Kafka names it. */
  readonly name: string;
  readonly pattern: 'literal' | 'prefixed';
  readonly operations: ReadonlyArray<
    'Read' | 'Write' | 'Describe' | 'Create' | 'DescribeConfigs' | 'AlterConfigs'
  >;
}

/**
 * The ACLs of every process, of the job that creates topics, and of the autoscaler.
 * @param prefix in front of every topic and group, as KAFKA_PREFIX
 */
export function kafkaAcls(prefix = ''): Acl[] {
  const setUp: Acl = {
    principal: SET_UP,
    resource: 'topic',
    // Every topic, where they have no prefix in common.
    name: prefix === '' ? '*' : prefix,
    pattern: prefix === '' ? 'literal' : 'prefixed',
    operations: ['Create', 'Describe', 'DescribeConfigs'],
  };
  return [...ACCESS.flatMap((access) => aclsOf(access, prefix)), setUp, ...scalerAcls(prefix)];
}

function scalerAcls(prefix: string): Acl[] {
  const describe = (resource: Acl['resource'], names: readonly string[]): Acl[] =>
    [...new Set(names)].map((name) => ({
      principal: SCALER,
      resource,
      name: prefix + name,
      pattern: 'literal',
      operations: ['Describe'],
    }));
  return [
    ...describe(
      'topic',
      SCALED.flatMap(({ reads }) => reads),
    ),
    ...describe(
      'group',
      SCALED.flatMap(({ groups }) => groups),
    ),
  ];
}

function aclsOf(access: ProcessAccess, prefix: string): Acl[] {
  const acls = (resource: Acl['resource'], names: readonly string[], operations: Acl['operations']): Acl[] =>
    names.map((name) => ({
      principal: access.process,
      resource,
      name: prefix + name,
      pattern: 'literal',
      operations,
    }));
  // Read and Write imply Describe.
  return [
    ...acls('topic', access.reads, ['Read']),
    ...acls('topic', access.writes, ['Write']),
    ...acls('topic', access.describes, ['Describe']),
    ...acls('group', access.groups, ['Read']),
    ...acls('group', access.describesGroups, ['Describe']),
    // Committing an offset takes the right to read its topic.
    ...(beats(access)
      ? [...acls('topic', [CLOCK], ['Read']), ...acls('group', [BEATS_GROUP], ['Read'])]
      : []),
  ];
}

/** Commands for `kafka-acls.sh`, one a line, to run as an administrator of the cluster. */
export function kafkaToolCommands(prefix = ''): string {
  return kafkaAcls(prefix)
    .map(({ principal, resource, name, pattern, operations }) =>
      [
        'kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN_PROPERTIES" --add',
        `--allow-principal User:${principal}`,
        ...operations.map((operation) => `--operation ${operation}`),
        `--${resource} '${name}' --resource-pattern-type ${pattern}`,
      ].join(' '),
    )
    .join('\n');
}

/** `KafkaUser` resources of Strimzi, one a process, with SCRAM-SHA-512. @param cluster the name of the `Kafka` resource */
export function strimziUsers(cluster: string, prefix = ''): string {
  const byPrincipal = Map.groupBy(kafkaAcls(prefix), ({ principal }) => principal);
  return [...byPrincipal]
    .map(([principal, acls]) => [...userHead(principal, cluster), ...acls.flatMap(ruleOf)].join('\n'))
    .join('\n---\n');
}

function userHead(principal: string, cluster: string): string[] {
  return [
    'apiVersion: kafka.strimzi.io/v1',
    'kind: KafkaUser',
    'metadata:',
    `  name: ${principal}`,
    `  labels: { strimzi.io/cluster: ${cluster} }`,
    'spec:',
    '  authentication: { type: scram-sha-512 }',
    '  authorization:',
    '    type: simple',
    '    acls:',
  ];
}

function ruleOf({ resource, name, pattern, operations }: Acl): string[] {
  const type = pattern === 'prefixed' ? 'prefix' : pattern;
  return [
    `      - resource: { type: ${resource}, name: ${JSON.stringify(name)}, patternType: ${type} }`,
    `        operations: [${operations.join(', ')}]`,
  ];
}
