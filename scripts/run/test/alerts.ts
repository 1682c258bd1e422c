/** Checks Prometheus' configuration and rules, and runs the rules' own tests, with promtool. */
import { globSync } from 'node:fs';
import { inPath, run } from '../setup/command.mjs';
import { ensureSystemPackages } from '../setup/system.mjs';
import { root } from '../stack/places.ts';

/** @param print says what is installed, and what is wrong */
export async function alertsAreRight(print: (line: string) => void): Promise<boolean> {
  if (!inPath('promtool'))
    await ensureSystemPackages(
      'the tests of the alerts',
      { apt: ['prometheus'], brew: ['prometheus'] },
      print,
    );
  const tests = globSync('deploy/prometheus/tests/*.test.yml', { cwd: root });
  try {
    await run('promtool', ['check', 'config', 'deploy/prometheus/prometheus.yml'], { cwd: root });
    await run('promtool', ['test', 'rules', ...tests], { cwd: root });
    return true;
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return false;
  }
}
