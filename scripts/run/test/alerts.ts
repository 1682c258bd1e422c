/** Checks Prometheus' and Alertmanager's configuration, and runs the rules' own tests, with promtool and amtool. */
import { globSync } from 'node:fs';
import { inPath, run } from '../setup/command.mjs';
import { ensureSystemPackages } from '../setup/system.mjs';
import { root } from '../stack/places.ts';

const TOOLS = {
  promtool: { apt: ['prometheus'], brew: ['prometheus'] },
  amtool: { apt: ['prometheus-alertmanager'], brew: ['alertmanager'] },
};
const ALERTMANAGER = 'deploy/prometheus/alertmanager.yml';
/** Who must get an alert of each severity. */
const RECEIVERS = { critical: 'page', warning: 'notify' };

/** @param print says what is installed, and what is wrong */
export async function alertsAreRight(print: (line: string) => void): Promise<boolean> {
  for (const [tool, packages] of Object.entries(TOOLS))
    if (!inPath(tool)) await ensureSystemPackages('the tests of the alerts', packages, print);
  const tests = globSync('deploy/prometheus/tests/*.test.yml', { cwd: root });
  const here = { cwd: root };
  try {
    await run('promtool', ['check', 'config', 'deploy/prometheus/prometheus.yml'], here);
    await run('promtool', ['test', 'rules', ...tests], here);
    await run('amtool', ['check-config', ALERTMANAGER], here);
    for (const [severity, receiver] of Object.entries(RECEIVERS)) {
      const routes = ['config', 'routes', 'test', `--config.file=${ALERTMANAGER}`];
      await run('amtool', [...routes, `--verify.receivers=${receiver}`, `severity=${severity}`], here);
    }
    return true;
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    return false;
  }
}
