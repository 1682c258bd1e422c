/** Checks custom resources by the definitions of their kinds, as a cluster has them: `kubectl get crds -o json`. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from '../kubernetes-object.ts';

type Json = { [name: string]: unknown };

/** The definitions in files of YAML or JSON, a list or one after another. */
export function readDefinitions(files: readonly string[]): Json[] {
  const found = files.flatMap((file) =>
    parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as Json | null),
  );
  return found.flatMap((one): Json[] => {
    if (one === null) return [];
    return one.kind === 'List' ? (one.items as Json[]) : [one];
  });
}

/** What says nothing about a value, and patterns in Go's own syntax. */
function isLeftOut(name: string, value: unknown): boolean {
  if (name === 'pattern') return String(value).includes('(?');
  return name.startsWith('x-kubernetes-') || name === 'nullable' || name === 'default';
}

/** A schema as ajv has it: what no property names is refused, as by an API server in its strict mode. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { format: _, ...rest } = schema as Json;
  const own = Object.fromEntries(
    Object.entries(rest)
      .filter(([name, value]) => !isLeftOut(name, value))
      .map(([name, value]) => [name, name === 'enum' || name === 'required' ? value : strict(value)]),
  );
  const source = schema as Json;
  if (source['x-kubernetes-int-or-string'] === true) return { type: ['integer', 'string'] };
  const isOpen = source['x-kubernetes-preserve-unknown-fields'] === true || 'additionalProperties' in source;
  return 'properties' in source && !isOpen ? { ...own, additionalProperties: false } : own;
}

/** Checks objects of the kinds that the definitions have. @returns what is wrong, and how many were checked */
export function checkByDefinitions(
  objects: readonly KubernetesObject[],
  definitions: readonly Json[],
): { problems: string[]; checked: number } {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const validators = new Map<string, ValidateFunction>();
  for (const { spec } of definitions) {
    const { group, names, versions } = spec as {
      group: string;
      names: { kind: string };
      versions: Array<{ name: string; schema: { openAPIV3Schema: Json } }>;
    };
    for (const { name, schema } of versions) {
      const open = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
      const own = strict(schema.openAPIV3Schema) as { properties: Json };
      const whole = { ...own, properties: { ...own.properties, ...open } };
      validators.set(`${group}/${name} ${names.kind}`, ajv.compile(whole));
    }
  }
  const problems: string[] = [];
  let checked = 0;
  for (const one of objects) {
    const validate = validators.get(`${one.apiVersion} ${one.kind}`);
    if (validate === undefined) continue;
    checked += 1;
    const isRight: boolean = validate(one);
    if (isRight) continue;
    for (const { instancePath, message, params } of validate.errors ?? [])
      problems.push(
        `${one.kind} ${one.metadata.name}: ${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
      );
  }
  return { problems, checked };
}
