/** A guard of the product: a rule whose absence the simulation must detect, with the edit that takes it out. */
import type { SceneName } from './run-scene.ts';

/** A change of one file's text. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

export interface Guard {
  readonly name: string;
  /** The consequence of taking it out. */
  readonly without: string;
  /** Where it is missed; `orders` without it. */
  readonly scene?: SceneName;
  readonly backend: 'memory' | 'pglite';
  /** Where its trial begins, if the seeds that miss it are rare; 1 without it. */
  readonly from?: number;
  readonly edits: readonly Edit[];
}
