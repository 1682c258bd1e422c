/** Reads pods, their settings and their ports out of an overlay's objects. */
import type { KubernetesObject } from '../kubernetes-object.ts';

/** What the checks read of a container. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: ReadonlyArray<{
    name: string;
    value?: string;
    valueFrom?: { secretKeyRef?: { name: string; key: string }; fieldRef?: object };
  }>;
  readonly envFrom?: ReadonlyArray<{ configMapRef?: { name: string } }>;
  readonly ports?: ReadonlyArray<{ name: string; containerPort: number }>;
  readonly lifecycle?: { preStop?: { exec?: { command: readonly string[] } } };
  readonly securityContext?: Record<string, unknown>;
  readonly resources?: { requests?: object; limits?: object };
  readonly volumeMounts?: ReadonlyArray<{ name: string; mountPath: string; readOnly?: boolean }>;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
}

interface Probe {
  readonly httpGet?: { path: string; port: string };
  readonly tcpSocket?: { port: string };
}

/** A pod's template, with the object that makes pods of it. */
export interface Pod {
  readonly owner: KubernetesObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes: ReadonlyArray<{
    name: string;
    secret?: { secretName: string; items?: ReadonlyArray<{ key: string }> };
    configMap?: { name: string };
    [source: string]: unknown;
  }>;
}

/** Every pod that the overlay's own objects make; those of operators are theirs. */
export function podsIn(objects: readonly KubernetesObject[]): Pod[] {
  return objects
    .filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind))
    .map((owner) => {
      const { metadata, spec } = owner.spec.template;
      return {
        owner,
        labels: metadata?.labels ?? {},
        spec,
        containers: [...(spec.initContainers ?? []), ...spec.containers],
        volumes: spec.volumes ?? [],
      };
    });
}

/** Whether labels match a selector of Kubernetes. */
export function matches(
  labels: Readonly<Record<string, string>>,
  {
    matchLabels = {},
    matchExpressions = [],
  }: {
    matchLabels?: Readonly<Record<string, string>>;
    matchExpressions?: ReadonlyArray<{ key: string; operator: string; values?: readonly string[] }>;
  },
): boolean {
  const isIn = ({ key, operator, values = [] }: (typeof matchExpressions)[number]) => {
    const found = values.includes(labels[key] ?? '');
    return operator === 'In' ? found : !found;
  };
  return (
    Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(isIn)
  );
}

/** A value in the place of a secret's; its form is what some settings need. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  SMTP_URL: 'smtps://mail.example:465',
  GATEWAY_KEY: 'from-a-secret',
};

/** The environment of a container, secrets as placeholders. @throws Error where it names a map that is not there */
export function environmentOf(container: Container, objects: readonly KubernetesObject[]): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { NODE_ENV: 'production' };
  for (const { configMapRef } of container.envFrom ?? []) {
    const map = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef?.name,
    );
    if (map === undefined)
      throw new Error(`${container.name} reads a ConfigMap that is missing: ${configMapRef?.name}`);
    Object.assign(environment, map.data);
  }
  for (const { name, value, valueFrom } of container.env ?? [])
    environment[name] = value ?? (valueFrom === undefined ? '' : (PLACEHOLDERS[name] ?? 'from-elsewhere'));
  return environment;
}
