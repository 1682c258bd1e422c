/** The alerts find their jobs on a cluster. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '#scripts/run/stack/places.ts';
import { type KubernetesObject, ofKind } from '../kubernetes-object.ts';
import { difference } from './kafka.ts';
import { matches, podsIn } from './pods.ts';

/** Machines are the cluster's own matter: its node exporter must have the job `node` (README). */
const OF_THE_CLUSTER = ['node'];

/** @returns jobs that a rule names and no monitor makes, or the other way round */
export function checkJobs(objects: readonly KubernetesObject[]): string[] {
  const rules = ofKind(objects, 'PrometheusRule').map(({ spec }) => JSON.stringify(spec));
  const named = rules.flatMap((text) =>
    [...text.matchAll(/job(?:=~?\\"|":")([\w|-]+)\\?"/g)].flatMap(([, jobs = '']) => jobs.split('|')),
  );
  const made = ofKind(objects, 'PodMonitor').flatMap(({ spec }) => {
    const [{ relabelings = [] }] = spec.podMetricsEndpoints as [
      { relabelings?: Array<{ targetLabel: string; replacement: string }> },
    ];
    const fixed = relabelings
      .filter(({ targetLabel }) => targetLabel === 'job')
      .map(({ replacement }) => replacement);
    if (fixed.length > 0) return fixed;
    return podsIn(objects)
      .filter(({ labels, containers }) => {
        const hasMetrics = containers.some(({ ports = [] }) => ports.some(({ name }) => name === 'metrics'));
        return hasMetrics && matches(labels, spec.selector);
      })
      .map(({ labels }) => labels[spec.jobLabel] ?? '');
  });
  return difference(
    'job',
    [...named].filter((job) => !OF_THE_CLUSTER.includes(job)),
    made,
  );
}

/** @returns rules of `deploy/prometheus/rules` that a cluster would not have, and others */
export function checkAlerts(objects: readonly KubernetesObject[]): string[] {
  const namesIn = (groups: Array<{ rules: Array<{ alert?: string; record?: string; expr: string }> }>) =>
    groups.flatMap(({ rules }) => rules.map(({ alert, record, expr }) => `${alert ?? record}: ${expr}`));
  const wanted = globSync('deploy/prometheus/rules/*.yml', { cwd: root }).flatMap((file) =>
    namesIn(parse(readFileSync(join(root, file), 'utf8')).groups),
  );
  return difference(
    'rule',
    wanted,
    ofKind(objects, 'PrometheusRule').flatMap(({ spec }) => namesIn(spec.groups)),
  );
}
