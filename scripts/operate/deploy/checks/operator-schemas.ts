/**
 * The parts of Strimzi's, CloudNativePG's and Barman's kinds that this deployment uses, closed: no registry brings their schemas. They
 * were held against the operators' own definitions once (README, "Checks"); `npm run deploy -- check --crds FILE` does it again.
 */
import * as z from 'zod';
import type { KubernetesObject } from '../kubernetes-object.ts';

const quantity = z.string().regex(/^\d+(\.\d+)?(m|[KMGT]i?)?$/);
const resources = z.strictObject({
  requests: z.strictObject({ cpu: quantity, memory: quantity }),
  limits: z.strictObject({ memory: quantity }),
});
const named = z.strictObject({ name: z.string() });
const keyed = z.strictObject({ name: z.string(), key: z.string() });
const selector = z.strictObject({ matchLabels: z.record(z.string(), z.string()) });
const config = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const ofCluster = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  labels: z.strictObject({ 'strimzi.io/cluster': z.string() }),
});
const metadata = z.strictObject({ name: z.string(), namespace: z.string() });

const kafka = z.strictObject({
  kafka: z.strictObject({
    version: z.string(),
    listeners: z.array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9]{1,11}$/),
        port: z.int().min(9092),
        type: z.enum(['internal', 'cluster-ip', 'loadbalancer', 'nodeport', 'ingress', 'route']),
        tls: z.literal(true),
        authentication: z.strictObject({ type: z.enum(['scram-sha-512', 'tls']) }),
        networkPolicyPeers: z
          .array(
            z.union([
              z.strictObject({ podSelector: selector }),
              z.strictObject({ namespaceSelector: selector }),
            ]),
          )
          .min(1),
      }),
    ),
    authorization: z.strictObject({ type: z.literal('simple') }),
    config,
    metricsConfig: z.strictObject({
      type: z.literal('jmxPrometheusExporter'),
      valueFrom: z.strictObject({ configMapKeyRef: keyed }),
    }),
    rack: z.strictObject({ topologyKey: z.string() }).optional(),
  }),
  entityOperator: z.strictObject({
    topicOperator: z.strictObject({ resources }),
    userOperator: z.strictObject({ secretPrefix: z.string(), resources }),
  }),
});

const pool = z.strictObject({
  replicas: z.int().min(3),
  roles: z.array(z.enum(['controller', 'broker'])).min(1),
  storage: z.strictObject({
    type: z.literal('jbod'),
    volumes: z.array(
      z.strictObject({
        id: z.int(),
        type: z.literal('persistent-claim'),
        size: quantity,
        kraftMetadata: z.literal('shared').optional(),
        deleteClaim: z.literal(false),
      }),
    ),
  }),
  resources,
  jvmOptions: z.strictObject({ '-Xms': z.string(), '-Xmx': z.string() }),
  template: z.strictObject({
    pod: z.strictObject({
      terminationGracePeriodSeconds: z.int().min(60).optional(),
      topologySpreadConstraints: z.array(
        z.strictObject({
          maxSkew: z.int().min(1),
          topologyKey: z.string(),
          whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
          labelSelector: selector,
        }),
      ),
    }),
  }),
});

const topic = z.strictObject({ partitions: z.int().min(1), replicas: z.literal(3), config });

const user = z.strictObject({
  authentication: z.strictObject({ type: z.literal('scram-sha-512') }),
  authorization: z.strictObject({
    type: z.literal('simple'),
    acls: z.array(
      z.strictObject({
        resource: z.strictObject({
          type: z.enum(['topic', 'group', 'cluster', 'transactionalId']),
          name: z.string(),
          patternType: z.enum(['literal', 'prefix']),
        }),
        operations: z
          .array(z.enum(['Read', 'Write', 'Describe', 'Create', 'DescribeConfigs', 'AlterConfigs']))
          .min(1),
      }),
    ),
  }),
});

const cluster = z.strictObject({
  instances: z.int().min(2),
  imageName: z.string(),
  enableSuperuserAccess: z.literal(true),
  bootstrap: z.strictObject({
    initdb: z.strictObject({
      database: z.string(),
      owner: z.string(),
      secret: named,
      encoding: z.literal('UTF8'),
      localeCollate: z.literal('C'),
      localeCType: z.literal('C'),
      localeProvider: z.literal('builtin'),
      builtinLocale: z.literal('C.UTF-8'),
    }),
  }),
  primaryUpdateStrategy: z.enum(['unsupervised', 'supervised']),
  primaryUpdateMethod: z.enum(['switchover', 'restart']),
  postgresql: z.strictObject({
    parameters: z.record(z.string(), z.string()),
    synchronous: z
      .strictObject({
        method: z.enum(['any', 'first']),
        number: z.int().min(1),
        dataDurability: z.enum(['required', 'preferred']),
      })
      .optional(),
  }),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  resources,
  storage: z.strictObject({ size: quantity }),
  walStorage: z.strictObject({ size: quantity }),
  affinity: z.strictObject({
    enablePodAntiAffinity: z.literal(true),
    topologyKey: z.string(),
    podAntiAffinityType: z.enum(['required', 'preferred']),
  }),
  managed: z.strictObject({
    roles: z.array(
      z.strictObject({
        name: z.string(),
        ensure: z.literal('present'),
        login: z.literal(true),
        passwordSecret: named,
        inRoles: z.array(z.string()).optional(),
      }),
    ),
  }),
  plugins: z
    .array(
      z.strictObject({
        name: z.string(),
        isWALArchiver: z.literal(true),
        parameters: z.strictObject({ barmanObjectName: z.string() }),
      }),
    )
    .optional(),
});

const scheduledBackup = z.strictObject({
  schedule: z.string().regex(/^(\S+ ){5}\S+$/, 'six fields, seconds first'),
  cluster: named,
  backupOwnerReference: z.enum(['none', 'self', 'cluster']),
  target: z.enum(['primary', 'prefer-standby']),
  method: z.literal('plugin'),
  pluginConfiguration: named,
});

const objectStore = z.strictObject({
  retentionPolicy: z.string().regex(/^[1-9][0-9]*[dwm]$/),
  configuration: z.strictObject({
    destinationPath: z.string().min(1),
    s3Credentials: z.strictObject({ accessKeyId: keyed, secretAccessKey: keyed }),
    wal: z.strictObject({ compression: z.enum(['bzip2', 'gzip', 'lz4', 'snappy', 'xz', 'zstd']) }),
  }),
});

const STRIMZI = 'kafka.strimzi.io/v1';
const SCHEMAS: Readonly<Record<string, z.ZodObject>> = Object.fromEntries(
  (
    [
      [STRIMZI, 'Kafka', kafka, metadata],
      [STRIMZI, 'KafkaNodePool', pool, ofCluster],
      [STRIMZI, 'KafkaTopic', topic, ofCluster],
      [STRIMZI, 'KafkaUser', user, ofCluster],
      ['postgresql.cnpg.io/v1', 'Cluster', cluster, metadata],
      ['postgresql.cnpg.io/v1', 'ScheduledBackup', scheduledBackup, metadata],
      ['barmancloud.cnpg.io/v1', 'ObjectStore', objectStore, metadata],
    ] as const
  ).map(([apiVersion, kind, spec, meta]) => [
    `${apiVersion} ${kind}`,
    z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(kind), metadata: meta, spec }),
  ]),
);

/** @returns what is wrong with an object, in words; null where its kind is none of these */
export function checkOperators(object: KubernetesObject): string[] | null {
  const schema = SCHEMAS[`${object.apiVersion} ${object.kind}`];
  if (schema === undefined) return null;
  const parsed = schema.safeParse(object);
  return (parsed.error?.issues ?? []).map(
    ({ path, message }) => `${object.kind} ${object.metadata.name}: ${path.join('/')}: ${message}`,
  );
}
