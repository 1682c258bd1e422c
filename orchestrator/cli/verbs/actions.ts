/** The verbs that act on a saga, or on many: `saga retry|compensate|pause|resume|skip|edit|migrate|resolve|cancel`. */
import type { Command } from 'commander';
import { type ActOptions, act } from '../act.ts';
import { ACTION_VERBS } from '../actions.ts';
import { type ChosenSagas, pacedBatch, severalSagas } from '../choose-sagas.ts';
import { actOnOneOrMany, runSagaBatch, type SagaBatchOptions } from '../saga-batches.ts';
import { approved, count, type VerbParts } from './parts.ts';

const IDS = "the sagas' ids; several act as a batch, as do filters and --ids-from";

/** Adds them. */
export function addActionVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  for (const { name, what, options: own = (one: Command) => one } of ACTION_VERBS) {
    const command = approved(own(verb(saga, name, what))).option(
      '--wait [seconds]',
      "wait for the saga's end (60 s, or as long as given), or for that of a batch",
      count,
    );
    if (name === 'edit')
      command
        .argument('<id>', "the saga's id")
        .action(async (id: string, options: ActOptions) => act(await contextOf(options), name, id, options));
    else
      pacedBatch(severalSagas(command))
        .argument('[ids...]', IDS)
        .action(async (ids: string[], options: ActOptions & ChosenSagas) =>
          actOnOneOrMany(await contextOf(options), name, ids, options),
        );
  }
  const cancel = verb(saga, 'cancel', 'cancels orders, as their customers may, as a batch');
  approved(cancel).option('--wait', 'follow the batch to its end');
  pacedBatch(severalSagas(cancel))
    .argument('[ids...]', "the orders' ids; or filters, or --ids-from")
    .action(async (ids: string[], options: SagaBatchOptions) =>
      runSagaBatch(await contextOf(options), 'cancel', ids, options),
    );
}
