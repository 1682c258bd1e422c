/** `saga batch plan|run|list|get|items|watch|export|pause|resume|cancel`. */
import { type Command, Option } from 'commander';
import { ACTION_VERBS, jsonFields } from '../actions.ts';
import { actOnBatch } from '../batch-acts.ts';
import { exportBatch, watchBatch } from '../batch-watch.ts';
import { type BatchesOptions, getBatch, listBatches, listBatchItems } from '../batches.ts';
import { pacedBatch, severalSagas } from '../choose-sagas.ts';
import type { Approval } from '../plan-first.ts';
import { runSagaBatch, type SagaBatchOptions } from '../saga-batches.ts';
import { approved, type Common, count, limited, type VerbParts } from './parts.ts';

/** The actions on one saga that are possible on many: an edit's fields are of one person. */
const ACTIONS = [...ACTION_VERBS.map(({ name }) => name).filter((name) => name !== 'edit'), 'cancel'];
const ID = "the batch's id";

/** Adds `batch …` to the program. */
export function addBatchVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const batches = verb(saga, 'batch', 'acts on many sagas, or dead letters');
  const chosen = (command: Command) =>
    pacedBatch(severalSagas(command))
      .addArgument(command.createArgument('<action>', 'what to do').choices(ACTIONS))
      .argument('[ids...]', "the sagas' ids; or filters, or --ids-from")
      .optionsGroup('Options:')
      .option('--evidence <text>', 'of a skip: proof that the step was done another way')
      .addOption(new Option('--result <json>', 'of a skip: the data of its success').argParser(jsonFields))
      .addOption(new Option('--to-version <number>', 'of a migration').argParser(count));
  chosen(verb(batches, 'plan', 'shows what an action on many sagas would send, and does nothing'))
    .option('--reason <text>', 'the reason, for the audit; messages may quote it')
    .option('--from <number>', 'list sagas from this number on', count)
    .action(async (action: string, ids: string[], options: SagaBatchOptions) =>
      runSagaBatch(await contextOf(options), action, ids, { ...options, dryRun: true }),
    );
  approved(
    chosen(verb(batches, 'run', 'acts on many sagas exactly as planned: first one, then growing waves')),
  )
    .option('--wait', 'follow it to its end')
    .action(async (action: string, ids: string[], options: SagaBatchOptions) =>
      runSagaBatch(await contextOf(options), action, ids, options),
    );
  limited(verb(batches, 'list', 'the newest batches')).action(async (options: BatchesOptions) =>
    listBatches(await contextOf(options), options),
  );
  verb(batches, 'get', 'a batch with its progress')
    .argument('<id>', ID)
    .action(async (id: string, options: Common) => getBatch(await contextOf(options), id, options));
  limited(verb(batches, 'items', 'the targets of a batch, each with its outcome'))
    .argument('<id>', ID)
    .option('--outcome <word>', 'only of one outcome, such as failed-again or parked-again')
    .action(async (id: string, options: BatchesOptions & { outcome?: string }) =>
      listBatchItems(await contextOf(options), id, options),
    );
  verb(batches, 'watch', 'the progress of a batch until it has ended or stopped')
    .argument('<id>', ID)
    .action(async (id: string, options: Common) => watchBatch(await contextOf(options), id, options));
  verb(batches, 'export', 'all targets of a batch with their outcomes')
    .argument('<id>', ID)
    .addOption(new Option('--format <format>', 'the form (default: jsonl)').choices(['csv', 'jsonl']))
    .action(async (id: string, options: Common & { format?: 'csv' | 'jsonl' }) =>
      exportBatch(await contextOf(options), id, options),
    );
  for (const [action, what] of [
    ['pause', 'begins no further wave'],
    ['resume', 'goes on'],
    ['cancel', 'leaves what was not acted on as it is, for good'],
  ] as const)
    approved(verb(batches, action, what))
      .argument('<id>', ID)
      .action(async (id: string, options: Approval) =>
        actOnBatch(await contextOf(options), action, id, options),
      );
}
