/** The Kafka broker: its jars, fetched by Maven as deploy/local/pom.xml names them. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { local, root } from './places.mjs';
import { isStamped, keyOf, stamp } from './stamp.mjs';
import { ensureMaven } from './system.mjs';

const folder = join(root, 'deploy/local');
const libs = join(local, 'kafka/libs');

/** @param {(line: string) => Promise<void> | void} print */
export async function ensureKafkaJars(print) {
  const key = keyOf([], [join(folder, 'pom.xml')]);
  if (existsSync(libs) && isStamped('kafka-jars', key)) return;
  await ensureMaven(print);
  print('Kafka broker (about 100 jars)');
  const fresh = `${libs}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const args = ['-q', '-B', goal, '-DincludeScope=runtime', `-DoutputDirectory=${fresh}`];
  await run('mvn', args, {
    cwd: folder,
    wayOut: 'Is Maven Central (or your mirror in ~/.m2/settings.xml) reachable?',
  });
  // The new folder takes the old one's place at once: a broker that runs has its jars open, and keeps them.
  rmSync(libs, { recursive: true, force: true });
  renameSync(fresh, libs);
  stamp('kafka-jars', key);
}
