/** Reads the engines' counters: fence refusals, unmatched messages, resends. */

const NAMES = {
  fenceRefusals: 'saga_fence_refusals_total',
  unmatched: 'saga_unmatched_total',
  resends: 'saga_resends_total',
} as const;

export type Counters = Readonly<Record<keyof typeof NAMES, number>>;

const ANSWER_WITHIN_MS = 2_000;
const NOTHING: Counters = { fenceRefusals: 0, unmatched: 0, resends: 0 };

/** A count that only rises, over restarts of the processes, which count from zero. */
export interface CounterWatch {
  /** The sums since the start. A process that does not answer counts with its last values. */
  read(): Promise<Counters>;
}

/** Watches the processes at some addresses. `pidOf`: which life of it answers. */
export function watchCounters(
  urls: Readonly<Record<string, string>>,
  pidOf: (name: string) => number | undefined,
): CounterWatch {
  const past = new Map<string, Counters>();
  const present = new Map<string, { pid: number | undefined; counters: Counters }>();
  const readOne = async (name: string, url: string) => {
    const pid = pidOf(name);
    const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(
      () => null,
    );
    const text = await answer?.text().catch(() => null);
    if (text == null || pid !== pidOf(name)) return;
    const known = present.get(name);
    if (known !== undefined && known.pid !== pid)
      past.set(name, plus(past.get(name) ?? NOTHING, known.counters));
    present.set(name, { pid, counters: readCounters(text) });
  };
  return {
    async read() {
      await Promise.all(Object.entries(urls).map(([name, url]) => readOne(name, url)));
      return [...past.values(), ...[...present.values()].map(({ counters }) => counters)].reduce(
        plus,
        NOTHING,
      );
    },
  };
}

/** The counters in a text of Prometheus, each summed over its labels. */
export function readCounters(text: string): Counters {
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return {
    fenceRefusals: sum(NAMES.fenceRefusals),
    unmatched: sum(NAMES.unmatched),
    resends: sum(NAMES.resends),
  };
}

/** The difference of two readings. */
export function minus(to: Counters, from: Counters): Counters {
  return plus(to, {
    fenceRefusals: -from.fenceRefusals,
    unmatched: -from.unmatched,
    resends: -from.resends,
  });
}

function plus(a: Counters, b: Counters): Counters {
  return {
    fenceRefusals: a.fenceRefusals + b.fenceRefusals,
    unmatched: a.unmatched + b.unmatched,
    resends: a.resends + b.resends,
  };
}
