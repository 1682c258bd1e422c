/** Objects, their schemas, and what the code has of each. */
import { checkDatabaseConnections, checkRoles } from '../checks/database.ts';
import { checkAlerts, checkJobs } from '../checks/observation.ts';
import { checkOperators } from '../checks/operator-schemas.ts';
import { checkProcesses } from '../checks/processes.ts';
import { checkUpstream, isUpstream } from '../checks/upstream-schemas.ts';
import { type Case, container, type Objects } from './case.ts';

async function checkSchemas(objects: Objects): Promise<string[]> {
  const found = objects.map(async (one) => {
    if (isUpstream(one)) return checkUpstream(one);
    return checkOperators(one) ?? [`${one.apiVersion} ${one.kind} has no schema`];
  });
  return (await Promise.all(found)).flat();
}

export const OBJECTS_CASES: readonly Case[] = [
  {
    name: 'every object fits the schema of its kind, and has no field beside it',
    check: checkSchemas,
    damages: [
      ['Deployment engine', (one) => Object.assign(container(one), { livenes: {} }), /livenes is no field/],
      ['Deployment api', (one) => (one.spec.replicas = 'two'), /replicas: type/],
      ['ScaledObject engine', (one) => (one.spec.maxReplicas = 3), /maxReplicas is no field/],
      ['PodMonitor brokers', (one) => (one.spec.endpoints = []), /endpoints is no field/],
      ['NetworkPolicy names', (one) => (one.spec.egress[0].ports[0].protocol = 53), /protocol/],
      ['KafkaTopic order-created', (one) => (one.spec.partition = 12), /partition/],
      ['KafkaUser payment', (one) => (one.spec.authorization.acls[0].operations = ['Reed']), /operations/],
      ['Cluster postgres', (one) => (one.spec.instance = 3), /instance/],
      ['Kafka kafka', (one) => (one.apiVersion = 'kafka.strimzi.io/v1beta2'), /has no schema/],
    ],
  },
  {
    name: 'every process runs its file, and no other does',
    check: (objects, overlay) => checkProcesses(objects, overlay === 'small' ? 'simulator' : 'none'),
    damages: [
      ['Deployment shipping', 'remove', /shipping should run .*nowhere/],
      ['Deployment engine', (one) => (container(one).args = ['orchestrator/engine.ts']), /engine should run/],
      ['Deployment api', 'copy', /copy is no process/],
      [
        'Job migrate',
        (one) => (container(one).args = ['scripts/run/grants.ts']),
        /there is no scripts\/run\/grants.ts/,
      ],
    ],
  },
  {
    name: 'every role of the database is there, and no other is',
    check: checkRoles,
    damages: [
      ['Cluster postgres', (one) => one.spec.managed.roles.pop(), /role .* is missing/],
      [
        'Cluster postgres',
        (one) => (one.spec.managed.roles[2].inRoles = ['pg_write_all_data']),
        /pg_write_all_data\) is unknown/,
      ],
    ],
  },
  {
    name: 'the database has connections for all processes at their highest numbers',
    check: checkDatabaseConnections,
    damages: [
      [
        'Cluster postgres',
        (one) => (one.spec.postgresql.parameters.max_connections = '200'),
        /more than max_connections, 200/,
      ],
    ],
  },
  {
    name: 'every job that an alert names is scraped under its name',
    check: checkJobs,
    damages: [
      ['PodMonitor brokers', 'remove', /job kafka is missing/],
      [
        'Deployment engine',
        (one) => (one.spec.template.metadata.labels['app.kubernetes.io/name'] = 'machine'),
        /job machine is unknown/,
      ],
    ],
  },
  {
    name: 'every alert is there, and no other is',
    check: checkAlerts,
    damages: [
      ['PrometheusRule order-saga-money', 'remove', /rule .* is missing/],
      [
        'PrometheusRule order-saga-slo',
        (one) => (one.spec.groups[0].rules[0].expr = 'vector(1)'),
        /vector\(1\) is unknown/,
      ],
    ],
  },
];
