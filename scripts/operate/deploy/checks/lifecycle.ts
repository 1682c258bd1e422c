/** How processes come and go: their number, what a disruption may take, and the time that they have to close. */
import { ENDS_WITHIN_MS } from '#platform/process/process.ts';
import { type KubernetesObject, ofKind } from '../kubernetes-object.ts';
import { IMAGE } from '../names.ts';
import { partitionsOf, WORKLOADS } from '../workloads.ts';
import { difference } from './kafka.ts';
import { matches, podsIn } from './pods.ts';

/** @returns pods that the kubelet would kill while they close, or that balancers still call */
export function checkShutdown(objects: readonly KubernetesObject[]): string[] {
  const pods = podsIn(objects).filter(
    ({ owner, containers }) =>
      owner.kind === 'Deployment' && containers.some(({ image }) => image.includes(IMAGE)),
  );
  return pods.flatMap(({ owner, spec, containers }) => {
    const { name } = owner.metadata;
    const waits = containers.map(({ lifecycle }) => Number(lifecycle?.preStop?.exec?.command.at(-1) ?? 0));
    const isCalled = WORKLOADS.some((one) => one.name === name && Object.keys(one.serves).length > 0);
    const needs = ENDS_WITHIN_MS / 1_000 + Math.max(...waits);
    const grace = Number(spec['terminationGracePeriodSeconds']);
    return [
      ...(grace >= needs ? [] : [`${name} needs ${needs} s to end, and is killed after ${grace}`]),
      ...(isCalled && Math.max(...waits) === 0 ? [`${name} ends while balancers still call it`] : []),
    ];
  });
}

/** Processes that are one: `replicas` says so, and nothing scales them. */
const SINGLE = WORKLOADS.filter(({ replicas }) => replicas.kind === 'one').map(({ name }) => name);

/** @returns wrong numbers of processes: 2 at least, and never more than the partitions that they share, with one more in an update */
export function checkScaling(objects: readonly KubernetesObject[]): string[] {
  const scaled = ofKind(objects, 'ScaledObject');
  const byLag = WORKLOADS.filter(({ replicas }) => replicas.kind === 'by-lag').map(({ name }) => name);
  const numbers = scaled.flatMap(({ metadata, spec }) => {
    const { minReplicaCount: least, maxReplicaCount: most } = spec as Record<string, number>;
    const partitions = partitionsOf(metadata.name);
    const isRight = Number(least) >= 2 && Number(least) <= Number(most) && Number(most) + 1 <= partitions;
    return isRight ? [] : [`${metadata.name}: ${least} to ${most} processes share ${partitions} partitions`];
  });
  const groups = scaled
    .filter(({ metadata, spec }) => spec.triggers[0].metadata.consumerGroup !== metadata.name)
    .map(({ metadata }) => `${metadata.name} is scaled by the lag of another group`);
  const fixed = ofKind(objects, 'Deployment').flatMap(({ metadata: { name }, spec }) => {
    const isOurs = WORKLOADS.some((one) => one.name === name);
    if (SINGLE.includes(name))
      return spec.replicas === 1 ? [] : [`${name}: ${spec.replicas} processes instead of one`];
    if (byLag.includes(name))
      return spec.replicas === undefined ? [] : [`${name}: its number is the autoscaler's`];
    return !isOurs || spec.replicas >= 2 ? [] : [`${name}: one process, and none while it is replaced`];
  });
  return [
    ...numbers,
    ...groups,
    ...fixed,
    ...difference(
      'scaling of',
      byLag,
      scaled.map(({ spec }) => spec.scaleTargetRef.name),
    ),
  ];
}

/** @returns processes of several that a disruption may take all at once, and single ones that hold a node up */
export function checkBudgets(objects: readonly KubernetesObject[]): string[] {
  const budgets = ofKind(objects, 'PodDisruptionBudget');
  return podsIn(objects)
    .filter(({ owner }) => WORKLOADS.some(({ name }) => name === owner.metadata.name))
    .flatMap(({ owner, labels }) => {
      const { name } = owner.metadata;
      const own = budgets.filter(({ spec }) => matches(labels, spec.selector));
      const wanted = SINGLE.includes(name) ? 0 : 1;
      return own.length === wanted
        ? []
        : [`${name} has ${own.length} disruption budgets instead of ${wanted}`];
    });
}
