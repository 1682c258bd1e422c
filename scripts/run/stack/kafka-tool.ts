/** Runs a program of Kafka's jars: the broker's own tools, for set-up, tests and people. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { localEnvironment } from '../setup/environment.mjs';
import { kafkaLibs, localFolder, root } from './places.ts';
import { StackProblem } from './problem.ts';

const run = promisify(execFile);
const maxOutputBytes = 16 * 1024 * 1024;
const toolWithinMs = 60_000;

/** Where Kafka's programs run, unless they have a folder of their own. */
const TOOL_FOLDER = localFolder;

/**
 * The arguments of `java` for a class of Kafka's, with its log settings.
 * @param folder where it will run. Paths are relative to it: a comma or a colon in the project's path would part the lists
 */
export function javaArguments(
  className: string,
  logSettings: string,
  options: string[] = [],
  folder = TOOL_FOLDER,
): string[] {
  return [
    ...options,
    `-Dlog4j2.configurationFile=${relative(folder, join(root, 'deploy/local', logSettings))}`,
    '-cp',
    `${relative(folder, kafkaLibs)}/*`,
    className,
  ];
}

/**
 * Runs one of Kafka's command line tools and returns its stdout.
 * @param className such as `org.apache.kafka.tools.TopicCommand`
 * @param args such as `['--bootstrap-server', kafka, '--list']`
 * @param secrets more of them, which must not show in the list of processes
 * @throws StackProblem with the tool's output, when it ends with an error
 */
export async function kafkaTool(
  className: string,
  args: string[],
  folder = TOOL_FOLDER,
  secrets: string[] = [],
): Promise<string> {
  const options = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto'];
  const all = [...javaArguments(className, 'log4j2-tools.xml', options, folder), ...args];
  const hidden = secrets.length > 0 ? argumentFile(folder, [...all, ...secrets]) : undefined;
  try {
    const done = await run('java', hidden === undefined ? all : [`@${hidden}`], {
      cwd: folder,
      env: localEnvironment(process.env),
      maxBuffer: maxOutputBytes,
      timeout: toolWithinMs,
    });
    return done.stdout;
  } catch (error) {
    const failed = error as { stdout?: string; stderr?: string; message: string };
    throw new StackProblem(
      `${className} failed: ${(failed.stderr || failed.stdout || failed.message).trim()}`,
      {
        cause: error,
      },
    );
  } finally {
    if (hidden !== undefined) rmSync(join(folder, hidden));
  }
}

/** Writes arguments to a file that the launcher reads: a command line is seen by every user of the machine. */
function argumentFile(folder: string, args: readonly string[]): string {
  const name = `arguments-${randomUUID()}`;
  const quoted = args.map((arg) => `"${arg.replace(/["\\]/g, '\\$&')}"`);
  writeFileSync(join(folder, name), quoted.join('\n'), { mode: 0o600 });
  return name;
}
