/** A Deployment, its account, its Service, its disruption budget and its scaling, for each process. */
import { SCALER } from '#participants/access/access.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { KAFKA, KAFKA_CA, KAFKA_USER_PREFIX, PORTS } from '../names.ts';
import { labelsOf, podOf } from '../pod.ts';
import { WORKLOADS, type Workload } from '../workloads.ts';

/** The fewest of a process that run. */
function least({ replicas }: Workload): number {
  if (replicas.kind === 'one') return 1;
  return replicas.kind === 'several' ? replicas.count : replicas.least;
}

/** Its pods have no right at the cluster's API, and no token for it. */
export const accountOf = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, labels: labelsOf(name) },
  automountServiceAccountToken: false,
});

function deploymentOf(workload: Workload): KubernetesObject {
  const { name, replicas } = workload;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: labelsOf(name) },
    spec: {
      // The autoscaler's own field, where there is one: an `apply` must not set it back.
      ...(replicas.kind !== 'by-lag' && { replicas: least(workload) }),
      revisionHistoryLimit: 3,
      // The new one first: old and new builds read each other's rows and messages.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labelsOf(name) },
      template: podOf(workload),
    },
  };
}

function serviceOf({ name, serves }: Workload): KubernetesObject[] {
  const ports = Object.entries(serves).map(([port, number]) => ({
    name: port,
    port: number,
    targetPort: port,
  }));
  if (ports.length === 0) return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, labels: labelsOf(name) },
      spec: { selector: labelsOf(name), ports },
    },
  ];
}

/** Accounts, Deployments and Services. */
export const processObjects = (): KubernetesObject[] =>
  WORKLOADS.flatMap((workload) => [accountOf(workload.name), deploymentOf(workload), ...serviceOf(workload)]);

function budgetOf({ name, replicas }: Workload): KubernetesObject[] {
  // A budget for one would hold up the draining of its node for ever.
  if (replicas.kind === 'one') return [];
  return [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, labels: labelsOf(name) },
      spec: {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: labelsOf(name) },
      },
    },
  ];
}

const SCALER_AUTHENTICATION = 'kafka-lag';
const SCALER_SETTINGS = 'kafka-lag';

function scaledObjectOf({ name, replicas }: Workload): KubernetesObject[] {
  if (replicas.kind !== 'by-lag') return [];
  const { least: minReplicaCount, most: maxReplicaCount, lag } = replicas;
  return [
    {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name, labels: labelsOf(name) },
      spec: {
        scaleTargetRef: { name },
        minReplicaCount,
        maxReplicaCount,
        pollingInterval: 15,
        // Brokers that do not answer say nothing about the lag: as many as there are stay.
        fallback: { failureThreshold: 4, replicas: minReplicaCount, behavior: 'currentReplicasIfHigher' },
        advanced: {
          horizontalPodAutoscalerConfig: {
            behavior: {
              // Each change moves partitions; so it goes up by what is needed, and down slowly.
              scaleUp: {
                stabilizationWindowSeconds: 30,
                policies: [{ type: 'Pods', value: 2, periodSeconds: 30 }],
              },
              scaleDown: {
                stabilizationWindowSeconds: 600,
                policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }],
              },
            },
          },
        },
        triggers: [
          {
            type: 'kafka',
            metadata: {
              bootstrapServers: `${KAFKA}-kafka-bootstrap:${PORTS.kafka}`,
              // Without a topic: of all that the group reads.
              consumerGroup: name,
              lagThreshold: String(lag),
              activationLagThreshold: '0',
              // A topic without a committed offset is new, and read from its beginning.
              offsetResetPolicy: 'earliest',
            },
            authenticationRef: { name: SCALER_AUTHENTICATION },
          },
        ],
      },
    },
  ];
}

const authentication: KubernetesObject = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'TriggerAuthentication',
  metadata: { name: SCALER_AUTHENTICATION },
  spec: {
    configMapTargetRef: ['sasl', 'tls', 'username'].map((parameter) => ({
      parameter,
      name: SCALER_SETTINGS,
      key: parameter,
    })),
    secretTargetRef: [
      { parameter: 'password', name: `${KAFKA_USER_PREFIX}${SCALER}`, key: 'password' },
      { parameter: 'ca', name: KAFKA_CA, key: 'ca.crt' },
    ],
  },
};

/** KEDA reads names of users and mechanisms through its authentication only. */
const scalerSettings: KubernetesObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: SCALER_SETTINGS },
  data: { sasl: 'scram_sha512', tls: 'enable', username: SCALER },
};

/** Disruption budgets, and what scales with the lag. */
export const scalingObjects = (): KubernetesObject[] => [
  ...WORKLOADS.flatMap((workload) => [...budgetOf(workload), ...scaledObjectOf(workload)]),
  authentication,
  scalerSettings,
];
