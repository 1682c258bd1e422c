/** Every generated file of `deploy/`, by its path. */

import { composeSecureFile } from './compose-secure-file.ts';
import { fileOf } from './kubernetes-object.ts';
import { jobObjects } from './objects/jobs.ts';
import { topicObjects, userObjects } from './objects/kafka.ts';
import { networkObjects } from './objects/network.ts';
import { alertObjects, JOBS, monitorObjects } from './objects/observation.ts';
import { processObjects, scalingObjects } from './objects/processes.ts';
import { rolesPatch } from './objects/roles.ts';
import { composeFile, jobsFile, prometheusFile } from './participants-files.ts';
import { settingsOf } from './pod.ts';
import { settingsFiles } from './settings-files.ts';

/** From the project's root. */
export const GENERATED = 'deploy/kubernetes/base/generated';
/** Those beside it. */
const BESIDE: Readonly<Record<string, () => string>> = {
  'deploy/compose.yml': composeFile,
  'deploy/compose.secure.yml': composeSecureFile,
  'deploy/prometheus/prometheus.yml': prometheusFile,
  [JOBS]: jobsFile,
};
export const GENERATED_BESIDE: readonly string[] = Object.keys(BESIDE);

/** In a patch of the base, and no object of its own. */
const ROLES = 'postgres-roles.yml';

const KUSTOMIZATION =
  'A changed setting changes its map’s name, so that the processes which read it are started again.';

/** The present text of each file. */
export function generatedFiles(): Map<string, string> {
  const inBase = new Map([
    ['kafka-topics.yml', fileOf('Every topic, with its settings.', topicObjects())],
    ['kafka-users.yml', fileOf('Every principal at the brokers, with what it may do.', userObjects())],
    [ROLES, fileOf('A patch: every role of the database.', [rolesPatch()])],
    ['migrate.yml', fileOf('The job before each upgrade.', jobObjects())],
    ['processes.yml', fileOf('Every process.', processObjects())],
    ['scaling.yml', fileOf('How many of each process, and how many may go at once.', scalingObjects())],
    ['network.yml', fileOf('Who may speak to whom.', networkObjects())],
    ['monitors.yml', fileOf('What Prometheus reads.', monitorObjects())],
    ['alerts.yml', fileOf('The rules of deploy/prometheus/rules.', alertObjects())],
  ]);
  const settings = settingsFiles();
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [...inBase.keys()].filter((file) => file !== ROLES),
    configMapGenerator: [...settings.keys()].map((name) => ({
      name: settingsOf(name),
      envs: [`settings/${name}.env`],
    })),
  };
  return new Map([
    ...[...inBase].map(([file, text]) => [`${GENERATED}/${file}`, text] as const),
    ...[...settings].map(([name, text]) => [`${GENERATED}/settings/${name}.env`, text] as const),
    [`${GENERATED}/kustomization.yml`, fileOf(KUSTOMIZATION, [kustomization])],
    ...Object.entries(BESIDE).map(([file, textOf]) => [file, textOf()] as const),
  ]);
}
