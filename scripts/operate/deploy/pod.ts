/** The pod of a process: an ordinary user, nothing to write to, no rights at the cluster, and its secrets as files. */
import { ENDS_WITHIN_MS } from '#platform/process/process.ts';
import { connectionsOf, databaseUrl, type PodParts } from './connections.ts';
import { connects, IMAGE, PORTS, SYSTEM, serversOf } from './names.ts';
import type { MountedFile, Workload } from './workloads.ts';

/** The user of the image. */
const USER = 1000;
/** Balancers need some seconds until they have read that a pod is no longer ready: it goes on serving meanwhile. */
const LEAVES_AFTER_S = 5;
/** Between the end that the process is held to and the kubelet's kill. */
const MARGIN_S = 3;

/** Labels that select a process. */
export const labelsOf = (name: string): Record<string, string> => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/part-of': SYSTEM,
});

/** Labels by which the network's policies let a pod connect. */
export const connectionLabels = (name: string): Record<string, string> =>
  Object.fromEntries([...serversOf(name)].map((server) => [connects(server), 'true']));

/** What no container may do. */
export const CONTAINER_SECURITY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};

/** As whom a pod runs. @param user of its image */
export const podSecurity = (user = USER) => ({
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  seccompProfile: { type: 'RuntimeDefault' },
});

const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
  httpGet: { path, port: 'metrics' },
  periodSeconds,
  timeoutSeconds: 5,
  failureThreshold,
});

/** Files and settings of several secrets and maps, each mounted by itself: so a pod has the keys that it names and no others. */
export function mounted(files: readonly MountedFile[]): PodParts {
  const parts = files.map(({ setting, from }) => {
    const { key } = from;
    const name = ('secret' in from ? from.secret : from.configMap).toLowerCase();
    const source =
      'secret' in from
        ? { secret: { secretName: from.secret, items: [{ key, path: key }], defaultMode: 0o440 } }
        : { configMap: { name: from.configMap, items: [{ key, path: key }] } };
    const path = `/etc/saga/${name}`;
    return {
      env: { name: setting, value: `${path}/${key}` },
      mount: { name, mountPath: path, readOnly: true },
      volume: { name, ...source },
    };
  });
  return {
    env: parts.map(({ env }) => env),
    mounts: parts.map(({ mount }) => mount),
    volumes: parts.map(({ volume }) => volume),
  };
}

/** The name of the map of settings of one process; the kustomization makes it of a file, with a digest in its name. */
export const settingsOf = (process: string): string => `settings-${process}`;

/** The pod of a process. */
export function podOf(workload: Workload) {
  const { name, entry, serves, secretSettings, cpu, memory } = workload;
  const { env, mounts, volumes } = mounted([...connectionsOf(name), ...workload.files]);
  const own = connectionEnvironment(name);
  const drains = Object.keys(serves).length > 0;
  return {
    metadata: { labels: { ...labelsOf(name), ...connectionLabels(name) } },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds:
        Math.ceil(ENDS_WITHIN_MS / 1_000) + (drains ? LEAVES_AFTER_S : 0) + MARGIN_S,
      securityContext: podSecurity(),
      topologySpreadConstraints: ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(
        (topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labelsOf(name) },
        }),
      ),
      containers: [
        {
          name,
          image: IMAGE,
          args: [entry],
          envFrom: ['common', name].map((one) => ({ configMapRef: { name: settingsOf(one) } })),
          env: [
            ...own,
            ...Object.entries(secretSettings).map(([setting, { secret, key }]) => ({
              name: setting,
              valueFrom: { secretKeyRef: { name: secret, key } },
            })),
            ...env,
          ],
          ports: Object.entries({ ...serves, metrics: PORTS.metrics }).map(([port, containerPort]) => ({
            name: port,
            containerPort,
          })),
          // Both are on the port of the metrics, which listens before any connection is open: a server that is down keeps a
          // process unready, and restarts nothing.
          startupProbe: probe('/livez', 2, 60),
          livenessProbe: probe('/livez', 10, 6),
          readinessProbe: probe('/readyz', 3, 2),
          ...(drains && { lifecycle: { preStop: { exec: { command: ['sleep', String(LEAVES_AFTER_S)] } } } }),
          resources: { requests: { cpu, memory }, limits: { memory } },
          securityContext: CONTAINER_SECURITY,
          volumeMounts: [...mounts, { name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [...volumes, { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }],
    },
  };
}

function connectionEnvironment(name: string) {
  const servers = serversOf(name);
  return [
    ...(servers.has('postgres') ? [{ name: 'DATABASE_URL', value: databaseUrl(name) }] : []),
    ...(servers.has('kafka') ? [{ name: 'KAFKA_SASL_USER', value: name }] : []),
    ...(servers.has('redis') ? [{ name: 'REDIS_USER', value: name }] : []),
    ...(name === 'engine'
      ? [{ name: 'ENGINE_ID', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }]
      : []),
  ];
}
