/** Prints the metrics that a process registers: imports what its main file imports, without running the main file. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { registry } from '../metrics.ts';

const main = resolve(process.argv[2] ?? '');
for (const [, specifier = ''] of readFileSync(main, 'utf8').matchAll(
  /^import (?!type).*? from '([.#][^']+)';$/gm,
))
  await import(specifier.startsWith('.') ? resolve(dirname(main), specifier) : specifier);
const names = registry.getMetricsAsArray().map(({ name }) => name);
process.stdout.write(JSON.stringify(names.filter((name) => !/^(process|nodejs)_/.test(name))));
process.exit(0);
