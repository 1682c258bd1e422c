/** Ports and paths: what a probe, a Service, a policy or a monitor names is there, and is what the settings say. */
import { globSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { answerHealth } from '#platform/process/process.ts';
import { root } from '#scripts/run/stack/places.ts';
import { type KubernetesObject, ofKind } from '../kubernetes-object.ts';
import { IMAGE } from '../names.ts';
import { type Container, environmentOf, matches, podsIn } from './pods.ts';

/** The settings that open a port, by the port's name. */
const OPENED_BY: Readonly<Record<string, string>> = {
  http: 'HTTP_PORT',
  metrics: 'METRICS_PORT',
  webhooks: 'GATEWAY_WEBHOOK_PORT',
};

const portsOf = (containers: readonly Container[]) => containers.flatMap(({ ports = [] }) => ports);

/** @returns ports of containers that no setting opens, and probes that no code answers */
export async function checkPorts(objects: readonly KubernetesObject[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { containers } of podsIn(objects))
    for (const container of containers.filter(({ image }) => image.includes(IMAGE))) {
      const environment = environmentOf(container, objects);
      for (const { name, containerPort } of container.ports ?? [])
        if (environment[OPENED_BY[name] ?? ''] !== String(containerPort))
          problems.push(`${container.name}: nothing listens on ${name} (${containerPort})`);
      if (container.ports === undefined) continue;
      for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
        const { path = '', port = '' } = container[kind]?.httpGet ?? {};
        if (!(await isAnswered(path)))
          problems.push(`${container.name}: ${kind}: nobody answers ${path || 'it'}`);
        if (!container.ports.some(({ name }) => name === port))
          problems.push(`${container.name}: ${kind}: it has no port ${port}`);
      }
    }
  return problems;
}

async function isAnswered(path: string): Promise<boolean> {
  const response = {
    writeHead: () => response,
    end: () => response,
  } as Partial<ServerResponse> as ServerResponse;
  return answerHealth(path, response, () => null);
}

/** @returns Services and policies that lead to a port which no pod has, or to no pod */
export function checkTargets(objects: readonly KubernetesObject[]): string[] {
  const pods = podsIn(objects);
  const services = ofKind(objects, 'Service').flatMap(({ metadata, spec }) => {
    const behind = pods.filter(({ labels }) => matches(labels, { matchLabels: spec.selector }));
    if (behind.length !== 1) return [`Service ${metadata.name} leads to ${behind.length} kinds of pods`];
    const there = portsOf(behind[0]?.containers ?? []).map(({ name }) => name);
    return (spec.ports as Array<{ targetPort: string }>)
      .filter(({ targetPort }) => !there.includes(targetPort))
      .map(({ targetPort }) => `Service ${metadata.name}: no pod has the port ${targetPort}`);
  });
  const monitors = ofKind(objects, 'PodMonitor').flatMap(({ metadata, spec }) => {
    const selected = pods.filter(({ labels }) => matches(labels, spec.selector));
    // Operators make the brokers' pods.
    const isOfOperator = spec.selector.matchLabels?.['strimzi.io/cluster'] !== undefined;
    const [{ port }] = spec.podMetricsEndpoints as [{ port: string }];
    const found = selected.some(({ containers }) => portsOf(containers).some(({ name }) => name === port));
    return found || isOfOperator ? [] : [`PodMonitor ${metadata.name} reads no pod`];
  });
  return [...services, ...monitors];
}

/** Folders whose code serves what an ingress may lead to, by the Service's name. */
const SERVED_BY: Readonly<Record<string, string>> = {
  api: 'orchestrator/http',
  coupons: 'participants/coupon/api',
  payment: 'participants/payment',
};

/** @returns ways from outside that lead to no Service, or to a path that its code does not serve */
export function checkWaysIn(objects: readonly KubernetesObject[]): string[] {
  const services = ofKind(objects, 'Service');
  interface Path {
    readonly path: string;
    readonly pathType: string;
    readonly backend: {
      readonly service: { readonly name: string; readonly port: { readonly name: string } };
    };
  }
  const paths = ofKind(objects, 'Ingress').flatMap(({ spec }) =>
    (spec.rules as Array<{ http: { paths: Path[] } }>).flatMap(({ http }) => http.paths),
  );
  return paths.flatMap(({ path, pathType, backend: { service } }) => {
    const found = services.find(({ metadata }) => metadata.name === service.name);
    const ports = (found?.spec.ports ?? []) as Array<{ name: string }>;
    const served = pathsIn(SERVED_BY[service.name] ?? '');
    const isServed = served.some((one) =>
      pathType === 'Exact' ? one === path : `${one}/`.startsWith(`${path}/`),
    );
    return [
      ...(ports.some(({ name }) => name === service.port.name)
        ? []
        : [`${path} leads to ${service.name}, ${service.port.name}, which is no Service`]),
      ...(isServed ? [] : [`${path}: ${service.name} serves no such path`]),
    ];
  });
}

/** The paths that stand in the code of a folder. */
function pathsIn(folder: string): string[] {
  const files = globSync(`${folder}/**/*.ts`, { cwd: root }).filter(
    (file) => !/\.(test|int)\.ts$|\/testing\//.test(file),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    return [...text.matchAll(/'(\/(?:v1|webhooks)\/[^']*)'/g)].map(([, path = '']) => path);
  });
}
