/** `saga view list|save|delete`: filters of sagas under a name. */
import type { Command } from 'commander';
import { filtered, sortOption } from '../filters.ts';
import type { Approval } from '../plan-first.ts';
import { deleteView, listViews, type SaveViewOptions, saveView } from '../saved-views.ts';
import { approved, type ListedOptions, limited, type VerbParts } from './parts.ts';

/** Adds `view …` to the program. */
export function addViewVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const views = verb(saga, 'view', 'saved views: filters of sagas under a name');
  limited(verb(views, 'list', 'your own and the shared ones, newest first')).action(
    async (options: ListedOptions) => listViews(await contextOf(options), options),
  );
  approved(
    filtered(verb(views, 'save', 'saves the filters given under a name, in the place of an own view of it')),
  )
    .argument('<name>', 'the name')
    .addOption(sortOption())
    .option('--shared', 'everybody sees it')
    .action(async (name: string, options: SaveViewOptions) =>
      saveView(await contextOf(options), name, options),
    );
  approved(verb(views, 'delete', 'deletes a view'))
    .argument('<name>', 'its name or id')
    .action(async (name: string, options: Approval) => deleteView(await contextOf(options), name, options));
}
