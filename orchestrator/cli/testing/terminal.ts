/** For tests: the command line as a person runs it, against an API in this process. */
import type { TestApi } from '#orchestrator/http/testing/api.ts';
import { run } from '../program.ts';

export interface Terminal {
  /** The person's answer to a question; without it there is no terminal. */
  readonly answer?: string;
  readonly environment?: Record<string, string>;
  /** Runs each time the command waits. */
  readonly onPause?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

/** The exit code of a command, and its output on stdout and stderr. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `saga ARGS…` as the operator olga. */
export async function runSaga(
  api: TestApi,
  args: string[],
  { answer, environment, onPause, signal }: Terminal = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let nowMs = Date.now();
  const code = await run(args, {
    environment: environment ?? { SAGA_URL: api.url, SAGA_TOKEN: await api.token('operator', 'olga') },
    local: { url: async () => null, token: () => api.token('operator', 'local') },
    out: (text) => void out.push(text),
    say: (text) => void err.push(text),
    ask: answer === undefined ? null : async () => answer,
    now: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
      await onPause?.();
    },
    signal: signal ?? new AbortController().signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
