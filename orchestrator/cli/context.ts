/** The context of a command: the API, outputs for data and for progress, a clock, and a terminal if there is one. */
import type { Api } from './api.ts';

/** The surroundings of the whole program, built once at its start. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The local stack: the address of its API, null while it does not run, and an operator's token made with its secret. */
  readonly local: {
    url(): Promise<string | null>;
    token(): Promise<string>;
    /** The address of its coupon API. */
    couponsUrl?(): Promise<string | null>;
  };
  /** The folder of the person's profiles; undefined: there are none. */
  readonly profileFolder?: string | undefined;
  /** Writes data. */
  readonly out: (text: string) => void;
  /** Writes progress. */
  readonly say: (text: string) => void;
  /** Asks a person; null when there is no terminal to ask on. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** The width of the terminal that shows the data; undefined: no terminal does, and lines stay whole. */
  readonly columns?: number | undefined;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal;
}

export interface Context extends Surroundings {
  readonly api: Api;
}
