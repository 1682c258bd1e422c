/** What Prometheus reads on a cluster: the pods' metrics, under the jobs that the alerts name, and the alerts themselves. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { root } from '#scripts/run/stack/places.ts';
import type { KubernetesObject } from '../kubernetes-object.ts';
import { KAFKA, SYSTEM } from '../names.ts';
import { jobsFile } from '../participants-files.ts';

/** As often as `deploy/prometheus/prometheus.yml` does, where the reasons stand. */
const EVERY = '15s';
const OFTEN = '5s';
const BURSTS = ['api', 'coupons', 'coupon-issuer'];

const JOB_LABEL = 'app.kubernetes.io/name';

function monitor(name: string, selector: object, endpoint: object, jobLabel?: string): KubernetesObject {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name, labels: { 'app.kubernetes.io/part-of': SYSTEM } },
    spec: { ...(jobLabel !== undefined && { jobLabel }), selector, podMetricsEndpoints: [endpoint] },
  };
}

const ofSystem = { key: 'app.kubernetes.io/part-of', operator: 'In', values: [SYSTEM] };

/** The label `job` is the process's name: the alerts rely on it. */
export const monitorObjects = (): KubernetesObject[] => [
  monitor(
    'processes',
    { matchExpressions: [ofSystem, { key: JOB_LABEL, operator: 'NotIn', values: BURSTS }] },
    { port: 'metrics', interval: EVERY, scrapeTimeout: '4s' },
    JOB_LABEL,
  ),
  monitor(
    'processes-in-bursts',
    { matchExpressions: [ofSystem, { key: JOB_LABEL, operator: 'In', values: BURSTS }] },
    { port: 'metrics', interval: OFTEN, scrapeTimeout: '4s' },
    JOB_LABEL,
  ),
  monitor(
    'brokers',
    {
      matchLabels: {
        'strimzi.io/cluster': KAFKA,
        'strimzi.io/kind': 'Kafka',
        'strimzi.io/name': `${KAFKA}-kafka`,
      },
    },
    {
      port: 'tcp-prometheus',
      interval: EVERY,
      scrapeTimeout: '10s',
      relabelings: [{ targetLabel: 'job', replacement: KAFKA, action: 'replace' }],
    },
  ),
];

/** Of the rules, the one file that is generated; it may not be there yet. */
export const JOBS = 'deploy/prometheus/rules/jobs.yml';

/** The rules of `deploy/prometheus/rules`, a `PrometheusRule` a file. */
export const alertObjects = (): KubernetesObject[] =>
  [...new Set([JOBS, ...globSync('deploy/prometheus/rules/*.yml', { cwd: root })])].sort().map((file) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: {
      name: `${SYSTEM}-${basename(file, '.yml')}`,
      labels: { 'app.kubernetes.io/part-of': SYSTEM },
    },
    spec: parse(file === JOBS ? jobsFile() : readFileSync(join(root, file), 'utf8')),
  }));
