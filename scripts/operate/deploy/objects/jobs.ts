/** The job of an upgrade: migrates the database as its owner, then gives each role its rights as the superuser. */
import { OWNER } from '#participants/access/access.ts';
import { databaseFiles, databaseUrl } from '../connections.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { connects, databaseSecret, IMAGE, SUPERUSER, SUPERUSER_SECRET } from '../names.ts';
import { CONTAINER_SECURITY, labelsOf, mounted, podSecurity } from '../pod.ts';
import { accountOf } from './processes.ts';

const NAME = 'migrate';
const DAY_S = 86_400;

function step(name: string, entry: string, role: string, secret: string) {
  const { env, mounts, volumes } = mounted(databaseFiles(secret));
  const container = {
    name,
    image: IMAGE,
    args: [entry],
    env: [
      { name: 'DATABASE_URL', value: databaseUrl(role) },
      { name: 'DATABASE_TLS', value: 'verify-full' },
      ...env,
    ],
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '512Mi' } },
    securityContext: CONTAINER_SECURITY,
    volumeMounts: [...mounts, { name: 'tmp', mountPath: '/tmp' }],
  };
  return { container, volumes: volumes as Array<{ name: string }> };
}

/** The job, and its account. */
export function jobObjects(): KubernetesObject[] {
  const migrate = step('migrate', 'scripts/run/migrate.ts', OWNER, databaseSecret(OWNER));
  const grant = step('grant', 'scripts/run/grant.ts', SUPERUSER, SUPERUSER_SECRET);
  const volumes = new Map([...migrate.volumes, ...grant.volumes].map((volume) => [volume.name, volume]));
  return [
    accountOf(NAME),
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: NAME, labels: labelsOf(NAME) },
      spec: {
        backoffLimit: 6,
        // A migration that waits for a lock gives up by itself; this ends what hangs.
        activeDeadlineSeconds: 3_600,
        ttlSecondsAfterFinished: DAY_S,
        template: {
          metadata: { labels: { ...labelsOf(NAME), [connects('postgres')]: 'true' } },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: NAME,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: podSecurity(),
            initContainers: [migrate.container],
            containers: [grant.container],
            volumes: [
              ...volumes.values(),
              { name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
            ],
          },
        },
      },
    },
  ];
}
