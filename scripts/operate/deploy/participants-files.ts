/** The files of `deploy/` that have an entry for each participant: compose's services, Prometheus' jobs, and who is expected to run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARTICIPANTS, type ParticipantEntry } from '#participants/registry.ts';
import { processTable } from '#scripts/run/processes.ts';
import { root } from '#scripts/run/stack/places.ts';

/** The line of a template that its participants replace. */
const PLACE = /^ *# PARTICIPANTS\n/m;

/** A template with an entry for each participant that has none of its own there. */
function filled(
  template: string,
  ownOf: (name: string) => RegExp,
  entryOf: (one: ParticipantEntry) => string,
  between = '',
): string {
  const text = readFileSync(join(root, template), 'utf8');
  const missing = PARTICIPANTS.filter(({ name }) => !ownOf(name).test(text));
  return text.replace(PLACE, () => missing.map(entryOf).join(between));
}

export const composeFile = (): string =>
  filled(
    'deploy/compose.template.yml',
    (name) => new RegExp(`^  ${name}:$`, 'm'),
    ({ name, main }) =>
      `  ${name}:\n    <<: *process\n    command: [${main}]\n    secrets: [postgres-password]\n`,
    '\n',
  );

export const prometheusFile = (): string =>
  filled(
    'deploy/prometheus/prometheus.template.yml',
    (name) => new RegExp(`job_name: ${name}$`, 'm'),
    ({ name }) =>
      `  - job_name: ${name}\n    dns_sd_configs: [{ names: [${name}], type: A, port: 8080, refresh_interval: 10s }]\n`,
  );

/** A series for each process that runs in production. */
export function jobsFile(): string {
  const processes = processTable({ engines: 1, issuers: 1, gateway: 'none', shop: false, observe: false });
  const rules = processes.map(
    ({ name }) => `      - record: expected_job\n        expr: vector(1)\n        labels: { job: ${name} }\n`,
  );
  return `# Every process, so that machines.yml sees which of them Prometheus does not have.
# Generated: npm run deploy -- --write
groups:
  - name: jobs
    rules:
${rules.join('')}`;
}
