/** The parts of the API that its routes use. */

import type { Registered } from '#engine/definition/definition.ts';
import type { Outbox } from '#engine/ports.ts';
import type { Definitions } from '#engine/step-batch.ts';
import type { Admit } from '#platform/http/admission.ts';
import { Problem } from '#platform/http/problem.ts';
import type { Tokens } from '#platform/process/auth-tokens.ts';
import type { Logger } from '#platform/process/log.ts';
import type { Flows } from '../broker/flows.ts';
import type { ActionStore } from '../store/action-store.ts';
import type { ApiKeyStore } from '../store/api-key-store.ts';
import type { BatchStore } from '../store/batch-rows.ts';
import type { BrakeStore } from '../store/brake-store.ts';
import type { BrakesInForce } from '../store/brakes-in-force.ts';
import type { CompensationFailureStore } from '../store/compensation-failure-store.ts';
import type { DeadLetterStore } from '../store/dead-letter-store.ts';
import type { DefinitionStore } from '../store/definition-store.ts';
import type { EndedTokenStore } from '../store/ended-token-store.ts';
import type { ErasureStore } from '../store/erasure-store.ts';
import type { FailureStore } from '../store/failure-store.ts';
import type { JournalChainStore } from '../store/journal-chain-store.ts';
import type { LetterWorkStore } from '../store/letter-work.ts';
import type { SagaBatchStore } from '../store/saga-batch-store.ts';
import type { SavedViewStore } from '../store/saved-view-store.ts';
import type { ThroughputStore } from '../store/throughput-store.ts';
import type { SweptSaga, ViewStore } from '../store/view-store.ts';
import type { WhyStore } from '../store/why-store.ts';
import type { ConsoleSurroundings } from './console.ts';
import type { Backlog } from './intake/backlog.ts';
import type { Intake } from './intake/intake.ts';
import type { LiveStreams } from './live/streams.ts';
import type { Usual } from './why/usual.ts';

export interface ApiParts {
  readonly tokens: Tokens;
  readonly intake: Intake;
  readonly backlog: Pick<Backlog, 'tooOld'>;
  readonly brakes: BrakeStore;
  readonly inForce: Pick<BrakesInForce, 'commands' | 'stopsIntake'>;
  readonly views: ViewStore;
  readonly actions: ActionStore;
  readonly journals: JournalChainStore;
  readonly definitions: Definitions;
  /** The active version of a definition; null: none is active, or this process lacks it. */
  readonly active: (name: string) => Promise<Registered | null>;
  readonly deadLetters: DeadLetterStore;
  readonly letterWork: LetterWorkStore;
  readonly batches: BatchStore;
  readonly sagaBatches: Pick<SagaBatchStore, 'sagas'>;
  readonly compensationFailures: CompensationFailureStore;
  readonly versions: DefinitionStore;
  /** Streams of live events. */
  readonly live: LiveStreams;
  readonly erasures: ErasureStore;
  readonly apiKeys: ApiKeyStore;
  readonly endings: EndedTokenStore;
  readonly savedViews: SavedViewStore;
  readonly whys: WhyStore;
  readonly failures: FailureStore;
  readonly throughput: ThroughputStore;
  /** How fast groups read, and how long states usually last: observed all the time. */
  readonly flows: Pick<Flows, 'of' | 'lags'>;
  readonly usual: Pick<Usual, 'durations'>;
  readonly outbox: Outbox & {
    /** Whether the brokers permit this process to write a topic. */
    mayWrite(topic: string): Promise<boolean>;
    /** Whether a partition takes no record of this process. */
    isBlocked(topic: string, partition: number): boolean;
  };
  /** Absent: a token in the link is the only sign-in, and there is no coupon API. */
  readonly console?: ConsoleSurroundings;
  /** Origins whose pages may call the customers' paths. */
  readonly origins: readonly string[];
  /** The rate limit of every operation. */
  readonly admit?: Admit;
  readonly log: Logger;
  readonly now: () => number;
}

/**
 * Reads the saga of a path.
 * @throws Problem `not-found`
 */
export async function sagaOr404({ views }: Pick<ApiParts, 'views'>, id: string): Promise<SweptSaga> {
  const found = await views.saga(id);
  if (found === null) throw new Problem('not-found', `There is no saga ${id}`);
  return found;
}
