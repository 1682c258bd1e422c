/** Parses settings from an environment by their schema, into a frozen object or one sentence on what is wrong. */
import type * as z from 'zod';
import { describeIssues } from '#protocol/codec.ts';
import { type Parsed, type Refuse, refusing } from '../connections/checks.ts';

/**
 * Parses the environment. An empty variable is an unset one, as compose files and shells leave it.
 * @param check refuses combinations that the schema's types permit
 * @throws Error naming each variable that is missing or malformed
 */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
  check: (settings: Parsed, refuse: Refuse) => void = () => {},
): Readonly<z.infer<Schema>> {
  const set = Object.entries(environment).filter(([, value]) => value !== '');
  const parsed = schema.superRefine(refusing(check)).safeParse(Object.fromEntries(set));
  if (!parsed.success) throw new Error(`configuration: ${describeIssues(parsed.error)}`);
  return Object.freeze(parsed.data) as Readonly<z.infer<Schema>>;
}
