/**
 * The guards of the product, each with the edit that takes it out. A text that no longer occurs fails the trial: the
 * guard has moved, and this list must follow it.
 */
import { ENGINE_GUARDS } from './guards-engine.ts';
import { ISSUING_GUARDS } from './guards-issuing.ts';
import { PARTICIPANT_GUARDS } from './guards-participants.ts';
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
  readonly edits: readonly Edit[];
}

export const GUARDS: readonly Guard[] = [...ENGINE_GUARDS, ...PARTICIPANT_GUARDS, ...ISSUING_GUARDS];
