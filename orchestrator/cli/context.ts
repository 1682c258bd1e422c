/** What a command has at hand: the API, where data and progress go, a clock, and whether a person is there. */
import type { Api } from './api.ts';

/** The surroundings of the whole program; built once where it is started. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The local stack: its API's address where it runs, and a token for whoever may read its secret. */
  readonly local: {
    url(): Promise<string | null>;
    token(): Promise<string>;
  };
  /** Data. */
  readonly out: (text: string) => void;
  /** Progress and questions. */
  readonly say: (text: string) => void;
  /** Asks a person; null when there is no terminal to ask on. */
  readonly ask: ((question: string) => Promise<string>) | null;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Aborted when the person interrupts. */
  readonly signal: AbortSignal;
}

/** What one command has. */
export interface Context extends Surroundings {
  readonly api: Api;
}
