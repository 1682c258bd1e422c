/**
 * The guards of the product, each with the edit that takes it out. A text that no longer occurs fails the trial: the
 * guard has moved, and this list must follow it.
 */
import type { Guard } from './guard.ts';
import { ENGINE_GUARDS } from './guards-engine.ts';
import { ISSUING_GUARDS } from './guards-issuing.ts';
import { MONEY_GUARDS } from './guards-money.ts';
import { PARTICIPANT_GUARDS } from './guards-participants.ts';

export const GUARDS: readonly Guard[] = [
  ...ENGINE_GUARDS,
  ...PARTICIPANT_GUARDS,
  ...MONEY_GUARDS,
  ...ISSUING_GUARDS,
];
