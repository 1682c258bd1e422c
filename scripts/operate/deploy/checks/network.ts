/** The network's policies let pass what the list of rights needs, and nothing beside it. */
import { type KubernetesObject, ofKind } from '../kubernetes-object.ts';
import { connects, serversOf } from '../names.ts';
import { WORKLOADS } from '../workloads.ts';
import { difference } from './kafka.ts';
import { matches, podsIn } from './pods.ts';

const SERVERS = ['kafka', 'postgres', 'redis'] as const;

/** @returns a namespace where something may pass that no policy names */
export function checkDenial(objects: readonly KubernetesObject[]): string[] {
  const denies = ofKind(objects, 'NetworkPolicy').some(
    ({ spec }) =>
      Object.keys(spec.podSelector).length === 0 &&
      ['Ingress', 'Egress'].every((one) => spec.policyTypes.includes(one)) &&
      spec.ingress === undefined &&
      spec.egress === undefined,
  );
  const open = ofKind(objects, 'NetworkPolicy')
    .filter(({ spec }) =>
      [...(spec.ingress ?? []), ...(spec.egress ?? [])].some(({ ports }) => (ports ?? []).length === 0),
    )
    .map(({ metadata }) => `the policy ${metadata.name} opens every port`);
  return [...(denies ? [] : ['no policy forbids what none permits']), ...open];
}

/** @returns pods that may connect to a server which their code does not use, or may not to one that it does */
export function checkConnections(objects: readonly KubernetesObject[]): string[] {
  const wanted = [...WORKLOADS.map(({ name }) => name), 'postgres-exporter', 'redis-exporter'].flatMap(
    (name) => [...serversOf(name)].map((server) => `${name} to ${server}`),
  );
  const present = podsIn(objects)
    .filter(({ owner }) => owner.kind === 'Deployment')
    .flatMap(({ owner, labels }) =>
      SERVERS.filter((server) => labels[connects(server)] === 'true').map(
        (server) => `${owner.metadata.name} to ${server}`,
      ),
    );
  return difference('connection of', wanted, present);
}

/** @returns ports that callers reach but no policy opens, and the other way round */
export function checkIngress(objects: readonly KubernetesObject[]): string[] {
  const pods = podsIn(objects);
  return ofKind(objects, 'NetworkPolicy').flatMap(({ metadata, spec }) => {
    const named = ((spec.ingress ?? []) as Array<{ ports: Array<{ port: number | string }> }>).flatMap(
      ({ ports }) => ports,
    );
    const selected = pods.filter(({ labels }) => matches(labels, spec.podSelector));
    return named
      .filter(({ port }) => typeof port === 'string')
      .filter(
        ({ port }) =>
          !selected.some(({ containers }) =>
            containers.some(({ ports = [] }) => ports.some(({ name }) => name === port)),
          ),
      )
      .map(({ port }) => `the policy ${metadata.name} opens ${port}, which no pod has`);
  });
}

/** @returns Services of customers and backends that nobody may call */
export function checkServed(objects: readonly KubernetesObject[]): string[] {
  const policies = ofKind(objects, 'NetworkPolicy');
  return WORKLOADS.filter(({ serves, name }) => Object.keys(serves).length > 0 && name !== 'auditor').flatMap(
    ({ name, serves }) => {
      const labels = podsIn(objects).find(({ owner }) => owner.metadata.name === name)?.labels ?? {};
      const open = policies
        .filter(({ spec }) => Object.keys(spec.podSelector).length > 0 && matches(labels, spec.podSelector))
        .flatMap(({ spec }) => (spec.ingress ?? []) as Array<{ ports: Array<{ port: string }> }>)
        .flatMap(({ ports }) => ports.map(({ port }) => port));
      return Object.keys(serves)
        .filter((port) => !open.includes(port))
        .map((port) => `no policy lets callers reach ${port} of ${name}`);
    },
  );
}
