/** `saga definitions list|activate`. */
import type { Command } from 'commander';
import { activateDefinition, listDefinitions } from '../definitions.ts';
import type { Approval } from '../plan-first.ts';
import { approved, type Common, count, type VerbParts } from './parts.ts';

/** Adds `definitions …` to the program. */
export function addDefinitionVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const definitions = verb(saga, 'definitions', 'the versions of definitions');
  verb(
    definitions,
    'list',
    'every version: the engines that run it, whether it is active, its live sagas',
  ).action(async (options: Common) => listDefinitions(await contextOf(options), options));
  approved(
    verb(
      definitions,
      'activate',
      'activates a version: new sagas begin under it; activate the older one to revert',
    ),
  )
    .argument('<name>', 'the definition, such as order')
    .argument('<version>', 'its number', count)
    .action(async (name: string, version: number, options: Approval) =>
      activateDefinition(await contextOf(options), name, version, options),
    );
}
