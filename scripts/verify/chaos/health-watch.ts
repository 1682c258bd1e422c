/** Watches `/livez` and `/readyz` of every process during a run, as a supervisor's probes do. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from './fault.ts';

const PROBE_EVERY_MS = 500;
/** As the probes of a cluster have it. */
const ANSWER_WITHIN_MS = 5_000;

/** The answers to one pair of probes; null: none. */
export interface Sample {
  /** When they were sent, ms of the run. */
  readonly at: number;
  readonly live: number | null;
  readonly ready: number | null;
}

export interface HealthWatch {
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  close(): Promise<void>;
}

/** Begins to probe the processes at some addresses. @param now ms of the run */
export function watchHealth(urls: Readonly<Record<string, string>>, now: () => number): HealthWatch {
  const closing = new AbortController();
  const samples = new Map<string, Sample[]>();
  const watch = async (name: string, url: string) => {
    const own: Sample[] = [];
    samples.set(name, own);
    while (!closing.signal.aborted) {
      const at = now();
      const [live, ready] = await Promise.all([statusOf(`${url}/livez`), statusOf(`${url}/readyz`)]);
      own.push({ at, live, ready });
      await pause(PROBE_EVERY_MS, undefined, { signal: closing.signal }).catch(() => {});
    }
  };
  const watches = Object.entries(urls).map(([name, url]) => watch(name, url));
  return {
    samples,
    async close() {
      closing.abort();
      await Promise.all(watches);
    },
  };
}

async function statusOf(url: string): Promise<number | null> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).catch(() => null);
  await answer?.text().catch(() => '');
  return answer?.status ?? null;
}

/** What the probes of one fault saw. */
export interface HealthVerdict {
  /** Processes that were not ready at some time. */
  readonly unready: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Compares the answers during a fault with what the fault says of them.
 * @param readyAgainWithinMs how soon after the return every process must be ready for good
 */
export function judgeHealth(
  samples: ReadonlyMap<string, readonly Sample[]>,
  {
    fault,
    beganAt,
    returnedAt,
    endedAt,
  }: { fault: Fault; beganAt: number; returnedAt: number; endedAt: number },
  readyAgainWithinMs: number,
): HealthVerdict {
  const { stops = [], unready: expected = { may: [] } } = fault;
  const unready: string[] = [];
  const problems: string[] = [];
  const may = (name: string) => expected.may === 'all' || isOneOf(name, expected.may);
  for (const [name, all] of samples) {
    const during = all.filter(({ at }) => at >= beganAt && at < endedAt);
    const isRed = during.some(({ ready }) => ready !== 200);
    if (isRed) unready.push(name);
    if (isOneOf(name, stops)) continue;
    const dead = during.find(({ live }) => live !== 200);
    if (dead !== undefined) problems.push(`${name}: /livez ${dead.live ?? 'no answer'}`);
    if (isRed && !may(name)) problems.push(`${name}: not ready, though it can work`);
    if (!isRed && may(name) && expected.must === true) problems.push(`${name}: ready, though it cannot work`);
    const late = during.find(({ at, ready }) => ready !== 200 && at > returnedAt + readyAgainWithinMs);
    if (late !== undefined)
      problems.push(`${name}: not ready ${Math.round((late.at - returnedAt) / 1000)} s after the return`);
  }
  return { unready, problems };
}

/** Whether a process, or one of several of its kind, is named. */
function isOneOf(name: string, names: readonly string[]): boolean {
  return names.includes(name) || names.includes(name.replace(/-\d+$/, ''));
}
