/** Writes the dashboards to deploy/grafana/dashboards; a test holds the files against the definitions. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '#scripts/run/stack/places.ts';
import { dashboardFiles } from './generate.ts';

const folder = join(root, 'deploy/grafana/dashboards');
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) rmSync(join(folder, file));
for (const [file, json] of dashboardFiles()) writeFileSync(join(folder, file), json);
