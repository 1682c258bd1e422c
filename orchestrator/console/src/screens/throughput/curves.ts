/** Lays out curves over minutes in a unit square, whose origin is at its top left. Pure. */

/** Where a value stands, as a share of the height from the bottom, and the values that the axis names. */
export interface Scale {
  readonly shareOf: (value: number) => number;
  readonly ticks: readonly number[];
}

/** From nothing to a round number that no value exceeds. */
export function linearScale(values: readonly number[]): Scale {
  const top = roundAbove(Math.max(1, ...values));
  return { shareOf: (value) => value / top, ticks: [0, top / 2, top].filter(Number.isInteger) };
}

/** By powers of ten, for values between which lie some of them. */
export function decadeScale(values: readonly number[]): Scale {
  const known = values.filter((value) => value > 0);
  const first = Math.floor(Math.log10(Math.min(...known, 1_000)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...known, 1))));
  return {
    shareOf: (value) => (Math.log10(Math.max(value, 10 ** first)) - first) / (last - first),
    ticks: Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i)),
  };
}

/** 1, 2 or 5 times a power of ten. */
function roundAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((times) => times * power >= value) ?? 10);
}

/** A curve as the path of its lines, and that of the values that stand alone. Nothing is drawn where a value is not there. */
export function pathsOf(
  values: ReadonlyArray<number | null>,
  { shareOf }: Scale,
): { readonly lines: string; readonly dots: string } {
  const last = Math.max(1, values.length - 1);
  const at = (index: number, value: number) =>
    `${(index / last).toFixed(4)},${(1 - shareOf(value)).toFixed(4)}`;
  let [lines, dots] = ['', ''];
  values.forEach((value, index) => {
    if (value === null) return;
    const hasBefore = (values[index - 1] ?? null) !== null;
    const hasAfter = (values[index + 1] ?? null) !== null;
    if (hasBefore || hasAfter) lines += `${hasBefore ? 'L' : 'M'}${at(index, value)}`;
    else dots += `M${at(index, value)}h0`;
  });
  return { lines, dots };
}
