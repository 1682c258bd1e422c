/** For tests: the command line as a person runs it, against an API in this process. */
import type { TestApi } from '#orchestrator/http/testing/api.ts';
import { run } from '../program.ts';

export interface Terminal {
  /** What a person answers; without it there is no terminal. */
  readonly answer?: string;
  readonly environment?: Record<string, string>;
  /** Called each time the command waits. */
  readonly onPause?: () => Promise<void>;
  readonly signal?: AbortSignal;
}

/** What a command ended with, and what it wrote to stdout and stderr. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly said: string;
}

/** Runs `saga ARGS…` as the operator olga. */
export async function runSaga(
  api: TestApi,
  args: string[],
  { answer, environment, onPause, signal }: Terminal = {},
): Promise<Ran> {
  const out: string[] = [];
  const said: string[] = [];
  let nowMs = Date.now();
  const code = await run(args, {
    environment: environment ?? { SAGA_URL: api.url, SAGA_TOKEN: await api.token('operator', 'olga') },
    local: { url: async () => null, token: () => api.token('operator', 'local') },
    out: (text) => void out.push(text),
    say: (text) => void said.push(text),
    ask: answer === undefined ? null : async () => answer,
    now: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
      await onPause?.();
    },
    signal: signal ?? new AbortController().signal,
  });
  return { code, out: out.join('\n'), said: said.join('\n') };
}
