/** Pods: their ports, their numbers, their ends, their rights. */
import { checkBudgets, checkScaling, checkShutdown } from '../checks/lifecycle.ts';
import { checkPorts, checkTargets, checkWaysIn } from '../checks/ports.ts';
import { checkSecurity } from '../checks/security.ts';
import type { Case } from './case.ts';

export const PODS_CASES: readonly Case[] = [
  {
    name: 'every port is opened by a setting, and every probe is answered',
    check: checkPorts,
    damages: [
      [
        'Deployment api',
        (one) => (one.spec.template.spec.containers[0].ports[0].containerPort = 8088),
        /nothing listens on http/,
      ],
      [
        'Deployment engine',
        (one) => (one.spec.template.spec.containers[0].readinessProbe.httpGet.path = '/healthz'),
        /nobody answers \/healthz/,
      ],
      [
        'Deployment engine',
        (one) => (one.spec.template.spec.containers[0].livenessProbe.httpGet.port = 'health'),
        /no port health/,
      ],
    ],
  },
  {
    name: 'every Service and monitor leads to one kind of pod, and to a port that it has',
    check: checkTargets,
    damages: [
      ['Service api', (one) => (one.spec.ports[0].targetPort = 'https'), /no pod has the port https/],
      ['Service redis', (one) => delete one.spec.selector['app.kubernetes.io/component'], /leads to 2 kinds/],
      [
        'PodMonitor processes',
        (one) => (one.spec.podMetricsEndpoints[0].port = 'prometheus'),
        /reads no pod/,
      ],
    ],
  },
  {
    name: 'every way in leads to a Service, and to a path that it serves',
    check: checkWaysIn,
    damages: [
      [
        'Ingress shop',
        (one) => (one.spec.rules[0].http.paths[0].path = '/v1/order'),
        /api serves no such path/,
      ],
      [
        'Ingress shop',
        (one) => (one.spec.rules[2].http.paths[0].backend.service.port.name = 'http'),
        /is no Service/,
      ],
    ],
  },
  {
    name: 'every process has the time that it takes to close',
    check: checkShutdown,
    damages: [
      [
        'Deployment engine',
        (one) => (one.spec.template.spec.terminationGracePeriodSeconds = 10),
        /engine needs 12.5 s/,
      ],
      [
        'Deployment api',
        (one) => delete one.spec.template.spec.containers[0].lifecycle,
        /ends while balancers/,
      ],
    ],
  },
  {
    name: 'two of a process at least, and with one more in an update no more than its partitions',
    check: checkScaling,
    damages: [
      [
        'ScaledObject coupon-issuer',
        (one) => (one.spec.maxReplicaCount = 6),
        /2 to 6 processes share 6 partitions/,
      ],
      ['ScaledObject engine', (one) => (one.spec.minReplicaCount = 1), /1 to 6/],
      ['ScaledObject engine', 'remove', /scaling of engine is missing/],
      [
        'ScaledObject engine',
        (one) => (one.spec.triggers[0].metadata.consumerGroup = 'payment'),
        /another group/,
      ],
      ['Deployment retention', (one) => (one.spec.replicas = 2), /2 processes instead of one/],
      ['Deployment api', (one) => (one.spec.replicas = 1), /none while it is replaced/],
      ['Deployment engine', (one) => (one.spec.replicas = 2), /autoscaler's/],
    ],
  },
  {
    name: 'every process of several has a disruption budget, and no single one has',
    check: checkBudgets,
    damages: [
      ['PodDisruptionBudget engine', 'remove', /engine has 0/],
      [
        'PodDisruptionBudget engine',
        (one) => (one.spec.selector.matchLabels['app.kubernetes.io/name'] = 'retention'),
        /retention has 1/,
      ],
    ],
  },
  {
    name: 'no pod may do more than serve',
    check: checkSecurity,
    damages: [
      ['Deployment engine', (one) => (one.spec.template.spec.securityContext.runAsUser = 0), /runs as root/],
      [
        'StatefulSet redis',
        (one) => (one.spec.template.spec.containers[0].securityContext.readOnlyRootFilesystem = false),
        /may write/,
      ],
      ['Deployment api', (one) => delete one.spec.template.spec.automountServiceAccountToken, /token/],
      ['Deployment api', (one) => delete one.spec.template.spec.serviceAccountName, /no account/],
      [
        'Deployment api',
        (one) => delete one.spec.template.spec.securityContext.seccompProfile,
        /system call/,
      ],
      [
        'Job migrate',
        (one) => (one.spec.template.spec.containers[0].securityContext.capabilities.drop = []),
        /keeps capabilities/,
      ],
      [
        'Job migrate',
        (one) => delete one.spec.template.spec.containers[0].securityContext.allowPrivilegeEscalation,
        /gain privileges/,
      ],
      [
        'Job migrate',
        (one) => delete one.spec.template.spec.containers[0].resources.limits,
        /no bound on its memory/,
      ],
      ['Deployment api', (one) => (one.spec.template.spec.hostNetwork = true), /in the host/],
    ],
  },
];
