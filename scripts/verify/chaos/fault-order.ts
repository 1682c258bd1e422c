/** The order of the faults: rounds, each with every fault once, shuffled by the seed. */
import { Random } from '../random.ts';

/** One fault of the order. */
export interface Turn<Fault> {
  readonly fault: Fault;
  /** How often this fault was made before. */
  readonly nth: number;
}

/**
 * The faults one after another, without end. A fault repeats only after every other one, and never follows itself:
 * the effects of two must not mix.
 * @throws RangeError when there is no fault
 */
export function* faultOrder<Fault>(faults: readonly Fault[], seed: number): Generator<Turn<Fault>, never> {
  if (faults.length === 0) throw new RangeError('no fault to choose from');
  const random = new Random(seed);
  let last: Fault | undefined;
  for (let nth = 0; ; nth++) {
    const round = shuffled(faults, random);
    // The one that ended the last round does not begin this one.
    if (round[0] === last) round.push(round.shift() as Fault);
    for (const fault of round) yield { fault, nth };
    last = round.at(-1);
  }
}

/** Fisher and Yates'. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}
