/** Every generated file of `deploy/`, by its path. */

import { composeSecureFile } from './compose-secure-file.ts';
import { fileOf } from './kubernetes-object.ts';
import { jobObjects } from './objects/jobs.ts';
import { topicObjects, userObjects } from './objects/kafka.ts';
import { networkObjects } from './objects/network.ts';
import { alertObjects, monitorObjects } from './objects/observation.ts';
import { processObjects, scalingObjects } from './objects/processes.ts';
import { rolesPatch } from './objects/roles.ts';
import { settingsFiles } from './settings-files.ts';

/** From the project's root. */
export const COMPOSE_SECURE = 'deploy/compose.secure.yml';
export const GENERATED = 'deploy/kubernetes/base/generated';

/** The present text of each file. */
export function generatedFiles(): Map<string, string> {
  const inBase = new Map([
    ['kafka-topics.yml', fileOf('Every topic, with its settings.', topicObjects())],
    ['kafka-users.yml', fileOf('Every principal at the brokers, with what it may do.', userObjects())],
    ['postgres-roles.yml', fileOf('A patch: every role of the database.', [rolesPatch()])],
    ['migrate.yml', fileOf('The job before each upgrade.', jobObjects())],
    ['processes.yml', fileOf('Every process.', processObjects())],
    ['scaling.yml', fileOf('How many of each process, and how many may go at once.', scalingObjects())],
    ['network.yml', fileOf('Who may speak to whom.', networkObjects())],
    ['monitors.yml', fileOf('What Prometheus reads.', monitorObjects())],
    ['alerts.yml', fileOf('The rules of deploy/prometheus/rules.', alertObjects())],
    ...[...settingsFiles()].map(([name, text]) => [`settings/${name}.env`, text] as const),
  ]);
  return new Map([
    ...[...inBase].map(([name, text]) => [`${GENERATED}/${name}`, text] as const),
    [COMPOSE_SECURE, composeSecureFile()],
  ]);
}
