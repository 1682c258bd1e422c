/** The roles of the database, and whether it has connections for all processes. */
import { DATABASE_ROLES, MEMBERSHIPS } from '#participants/access/database-roles.ts';
import { type KubernetesObject, ofKind } from '../kubernetes-object.ts';
import { serversOf } from '../names.ts';
import { WORKLOADS } from '../workloads.ts';
import { difference } from './kafka.ts';
import { environmentOf, podsIn } from './pods.ts';

/** Kept for the superuser, the operator, the standbys, the job and the exporter. */
const RESERVE = 30;
/** The pools of the two processes that have several, and the default of `DATABASE_POOL`. */
const POOLS: Readonly<Record<string, number>> = { auditor: 4, retention: 5 };
const DEFAULT_POOL = 6;

export function checkRoles(objects: readonly KubernetesObject[]): string[] {
  const text = (role: string, of: readonly string[]) => `${role} (${[...of].sort().join(', ')})`;
  const wanted = DATABASE_ROLES.map((role) => text(role, MEMBERSHIPS.get(role) ?? []));
  const roles = ofKind(objects, 'Cluster')[0]?.spec.managed.roles as Array<{
    name: string;
    inRoles?: string[];
  }>;
  return difference(
    'role',
    wanted,
    roles.map(({ name, inRoles = [] }) => text(name, inRoles)),
  );
}

/** @returns whether all processes at their highest numbers, and one more of each during an update, find connections */
export function checkDatabaseConnections(objects: readonly KubernetesObject[]): string[] {
  const scaled = new Map(
    ofKind(objects, 'ScaledObject').map(({ metadata, spec }) => [metadata.name, spec.maxReplicaCount]),
  );
  const needed = podsIn(objects)
    .filter(({ owner }) => WORKLOADS.some(({ name }) => name === owner.metadata.name))
    .filter(({ owner }) => serversOf(owner.metadata.name).has('postgres'))
    .map(({ owner, containers }) => {
      const { name } = owner.metadata;
      const [container] = containers;
      const set = container && environmentOf(container, objects)['DATABASE_POOL'];
      const pool = Number(set || POOLS[name] || DEFAULT_POOL);
      return (Number(scaled.get(name) ?? owner.spec.replicas) + 1) * pool;
    })
    .reduce((sum, one) => sum + one, 0);
  const limit = Number(ofKind(objects, 'Cluster')[0]?.spec.postgresql.parameters.max_connections);
  return needed + RESERVE <= limit
    ? []
    : [`${needed} connections and ${RESERVE} in reserve are more than max_connections, ${limit}`];
}
