/** The network's policies: nothing may pass, and then each flow by its name. */
import type { KubernetesObject } from '../kubernetes-object.ts';
import { connects, KAFKA, PORTS, POSTGRES, REDIS, SYSTEM } from '../names.ts';
import { labelsOf } from '../pod.ts';
import { type Outside, WORKLOADS } from '../workloads.ts';

/** Namespaces of others, by the label that Kubernetes itself gives; an overlay may patch them. */
const NAMESPACES = {
  dns: 'kube-system',
  ingress: 'ingress-nginx',
  monitoring: 'monitoring',
  kafkaOperator: 'strimzi',
  databaseOperator: 'cnpg-system',
  scaler: 'keda',
} as const;

const namespace = (name: keyof typeof NAMESPACES) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': NAMESPACES[name] } },
});
const pods = (matchLabels: Record<string, string>) => ({ podSelector: { matchLabels } });
const tcp = (...ports: ReadonlyArray<number | string>) => ports.map((port) => ({ protocol: 'TCP', port }));

const brokers = { 'strimzi.io/cluster': KAFKA, 'strimzi.io/name': `${KAFKA}-kafka` };
const entityOperator = { 'strimzi.io/cluster': KAFKA, 'strimzi.io/name': `${KAFKA}-entity-operator` };
const database = { 'cnpg.io/cluster': POSTGRES };
const redis = { ...labelsOf(REDIS), 'app.kubernetes.io/component': 'server' };
const client = (server: 'kafka' | 'postgres' | 'redis') => ({ [connects(server)]: 'true' });

/** Addresses outside of every private network. */
const INTERNET = {
  ipBlock: {
    cidr: '0.0.0.0/0',
    except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10'],
  },
};

interface Flow {
  readonly from?: readonly object[];
  readonly to?: readonly object[];
  readonly ports: ReturnType<typeof tcp> | ReadonlyArray<object>;
}

/** A policy of one direction. @param podLabels empty: every pod of the namespace */
function policy(name: string, podSelector: object, flows: readonly Flow[]): KubernetesObject {
  const direction = flows.some(({ from }) => from !== undefined) ? 'Ingress' : 'Egress';
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, labels: { 'app.kubernetes.io/part-of': SYSTEM } },
    spec: {
      podSelector,
      policyTypes: [direction],
      [direction === 'Ingress' ? 'ingress' : 'egress']: flows,
    },
  };
}

const matching = (matchLabels: Record<string, string>) => ({ matchLabels });
const anyOf = (names: readonly string[]) => ({
  matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: names }],
});

/** The ports at which systems outside answer. */
const OUTSIDE: Readonly<Record<Outside, readonly number[]>> = {
  'payment gateway': [443],
  'identity provider': [443],
  'mail server': [465, 587],
};

const fromOutside = (): KubernetesObject[] =>
  WORKLOADS.filter(({ serves, name }) => Object.keys(serves).length > 0 && name !== 'auditor').map(
    ({ name, serves }) =>
      policy(`ingress-to-${name}`, matching(labelsOf(name)), [
        { from: [namespace('ingress')], ports: tcp(...Object.keys(serves)) },
      ]),
  );

const toOutside = (): KubernetesObject[] =>
  (Object.keys(OUTSIDE) as Outside[]).map((system) =>
    policy(
      `to-${system.replaceAll(' ', '-')}`,
      anyOf(WORKLOADS.filter(({ outside }) => outside.includes(system)).map(({ name }) => name)),
      [{ to: [INTERNET], ports: tcp(...OUTSIDE[system]) }],
    ),
  );

/** The API of Kubernetes has no pod and no fixed address: its port is all that a policy can name. */
const clusterApi = { ports: tcp(443, 6443) };

/** Each flow, from the caller's side and from the server's. */
export const networkObjects = (): KubernetesObject[] => [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'nothing', labels: { 'app.kubernetes.io/part-of': SYSTEM } },
    spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
  },
  policy('names', {}, [
    {
      to: [{ ...namespace('dns'), ...pods({ 'k8s-app': 'kube-dns' }) }],
      ports: [
        { protocol: 'UDP', port: 53 },
        { protocol: 'TCP', port: 53 },
      ],
    },
  ]),
  policy('metrics', matching({ 'app.kubernetes.io/part-of': SYSTEM }), [
    { from: [namespace('monitoring')], ports: tcp('metrics') },
  ]),

  policy('clients-to-kafka', matching(client('kafka')), [{ to: [pods(brokers)], ports: tcp(PORTS.kafka) }]),
  policy('kafka-from-clients', matching(brokers), [
    { from: [pods(client('kafka'))], ports: tcp(PORTS.kafka) },
    { from: [namespace('scaler')], ports: tcp(PORTS.kafka) },
    { from: [namespace('monitoring')], ports: tcp(PORTS.kafkaMetrics) },
    {
      from: [pods(brokers), pods(entityOperator), namespace('kafkaOperator')],
      ports: tcp(PORTS.kafkaReplication, PORTS.kafkaControl),
    },
  ]),
  policy('kafka-to-kafka', matching(brokers), [
    { to: [pods(brokers)], ports: tcp(PORTS.kafkaReplication, PORTS.kafkaControl) },
    // A broker that knows its zone reads it from its node.
    clusterApi,
  ]),
  policy('topics-and-users-to-kafka', matching(entityOperator), [
    { to: [pods(brokers)], ports: tcp(PORTS.kafkaReplication) },
    clusterApi,
  ]),

  policy('clients-to-postgres', matching(client('postgres')), [
    { to: [pods(database)], ports: tcp(PORTS.postgres) },
  ]),
  policy('postgres-from-clients', matching(database), [
    { from: [pods(client('postgres'))], ports: tcp(PORTS.postgres) },
    { from: [pods(database)], ports: tcp(PORTS.postgres, PORTS.postgresStatus) },
    { from: [namespace('databaseOperator')], ports: tcp(PORTS.postgres, PORTS.postgresStatus) },
  ]),
  policy('postgres-to-postgres', matching(database), [
    { to: [pods(database)], ports: tcp(PORTS.postgres, PORTS.postgresStatus) },
    clusterApi,
  ]),

  policy('clients-to-redis', matching(client('redis')), [{ to: [pods(redis)], ports: tcp(PORTS.redis) }]),
  policy('redis-from-clients', matching(redis), [{ from: [pods(client('redis'))], ports: tcp(PORTS.redis) }]),

  ...fromOutside(),
  ...toOutside(),
];
