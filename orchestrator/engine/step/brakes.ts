/**
 * Brakes: commands of certain types that are not sent until a person releases them. A saga that comes to such a command is paused
 * with the command held, so its clocks stand, and a cancellation during the brake drops the command.
 */

/** The brakes in force: a brake's id by the type of the command that it holds. */
export type Brakes = ReadonlyMap<string, string>;

export const NO_BRAKES: Brakes = new Map();
