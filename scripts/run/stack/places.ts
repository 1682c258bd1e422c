/** The paths of a stack: everything of stack NAME lives in `.local/NAME`. */
import { join, resolve } from 'node:path';
import { StackProblem } from './problem.ts';

/** The project's root folder. */
export const root = resolve(import.meta.dirname, '../../..');

/** The folder for everything that is not committed. */
export const localFolder = join(root, '.local');

/** Kafka's jars, brought by the set-up. */
export const kafkaLibs = join(localFolder, 'kafka', 'libs');

export type Places = Readonly<{
  folder: string;
  data: string;
  logs: string;
  mail: string;
  stateFile: string;
  secretFile: string;
  webhookSecretFile: string;
  lockFile: string;
}>;

/** The paths of one stack. Names are short and plain, because they become folder names. */
export function placesOf(name: string): Places {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new StackProblem(`"${name}" is no name for a stack: use up to 31 small letters, digits and dashes`);
  }
  const folder = join(localFolder, name);
  return Object.freeze({
    folder,
    data: join(folder, 'data'),
    logs: join(folder, 'logs'),
    mail: join(folder, 'mail'),
    stateFile: join(folder, 'stack.json'),
    secretFile: join(folder, 'auth-secret'),
    webhookSecretFile: join(folder, 'webhook-secret'),
    lockFile: join(folder, 'lock'),
  });
}
