/** One planted cause: how it comes about, and what must be named. */
import type { CauseCode } from '#engine/why/cause.ts';
import type { Move } from './moves.ts';
import type { PlantedDay } from './planted-day.ts';
import type { DayOptions } from './planted-processes.ts';

interface Planted {
  /** What was planted, in a person's words. */
  readonly name: string;
  readonly options?: DayOptions;
  readonly cause: CauseCode;
  /** What the sentence says of this very cause. */
  readonly says: RegExp;
  /** It is named beside another cause. */
  readonly besides?: true;
  /** Why nobody knows when it ends. */
  readonly unknown?: RegExp;
}

/** One order, and what happens to it. */
interface Moved extends Planted {
  /** Where the order is another one than the usual. */
  readonly order?: Readonly<Record<string, unknown>>;
  readonly moves: readonly Move[];
}

/** Brought about in a way of its own. */
interface Other extends Planted {
  /** @returns the saga to explain */
  readonly plant: (day: PlantedDay) => Promise<string>;
}

export type Planting = Moved | Other;

/** Brings it about. @returns the saga to explain */
export async function plantOn(day: PlantedDay, planting: Planting): Promise<string> {
  if ('plant' in planting) return planting.plant(day);
  const id = day.place(planting.order);
  for (const move of planting.moves) await move(day, id);
  return id;
}
