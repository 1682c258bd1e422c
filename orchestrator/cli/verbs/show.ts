/** The verbs that show sagas: `saga list|counts|get|history|why|graph|watch|compensations`. */
import { type Command, Option } from 'commander';
import { listCompensations } from '../compensations.ts';
import { type CountsOptions, counts } from '../counts.ts';
import { choosing, sortOption } from '../filters.ts';
import { get } from '../get.ts';
import { type GraphOptions, graph } from '../graph.ts';
import { type HistoryOptions, history } from '../history.ts';
import { type ListOptions, list } from '../list.ts';
import { type WatchOptions, watch } from '../watch.ts';
import { why } from '../why.ts';
import { type Common, type ListedOptions, limited, type VerbParts } from './parts.ts';

const ID = "the saga's id";

/** Adds them. */
export function addShowVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  limited(choosing(verb(saga, 'list', 'matching sagas, newest first')).addOption(sortOption()))
    .option('--all', 'all of them')
    .action(async (options: ListOptions) => list(await contextOf(options), options));
  choosing(verb(saga, 'counts', 'active sagas by state and age, and by group of failures')).action(
    async (options: CountsOptions) => counts(await contextOf(options), options),
  );
  verb(saga, 'get', 'a saga in full: its state, the awaited commands, finished and remaining steps')
    .argument('<id>', "the saga's id, which is the order's")
    .action(async (id: string, options: Common) => get(await contextOf(options), id, options));
  verb(saga, 'history', 'the history of a saga')
    .argument('<id>', ID)
    .option('--diff', 'the change of its context at each transition')
    .option('--messages', 'the data of every message, in and out')
    .option('--verify', 'verifies the hash chain of its journal; exits with 1 where it is broken')
    .action(async (id: string, options: HistoryOptions) => history(await contextOf(options), id, options));
  verb(saga, 'why', 'why a saga is where it is, with the evidence, until when, and what helps')
    .argument('<id>', ID)
    .action(async (id: string, options: Common) => why(await contextOf(options), id, options));
  verb(saga, 'graph', 'the states and transitions of a saga, with its way through them')
    .argument('[id]', ID)
    .option('--definition <name/version>', 'of a definition instead, such as order/1')
    .option('--all', 'also the transitions that are not on its way')
    .option('--mermaid', 'as a Mermaid flowchart')
    .action(async (id: string | undefined, options: GraphOptions) =>
      graph(await contextOf(options), id, options),
    );
  verb(saga, 'watch', 'moves as they happen: of one saga until it has ended, or of those that match')
    .argument('[id]', ID)
    .option('--stuck', 'only stuck sagas, which need a person')
    .addOption(new Option('--status <status>').choices(['running', 'compensating', 'completed', 'failed']))
    .option('--state <state>', 'such as chargingPayment, or compensating with its child states')
    .option('--customer <id>', "only one customer's")
    .option('--counts', 'with the numbers of active, stuck, stalled and paused sagas')
    .action(async (id: string | undefined, options: WatchOptions) =>
      watch(await contextOf(options), id, options),
    );
  limited(
    verb(
      saga,
      'compensations',
      'sagas whose compensation failed, oldest first: what stands, what can be done',
    ),
  ).action(async (options: ListedOptions) => listCompensations(await contextOf(options), options));
}
