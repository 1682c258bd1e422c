/** For tests: the command line as a person runs it, against an API in this process. */
import type { TestApi } from '#orchestrator/http/testing/api.ts';
import { run } from '../program.ts';

export interface Terminal {
  /** The person's answer to a question, perhaps after a while; without it there is no terminal. */
  readonly answer?: string | (() => Promise<string>);
  /** Its width; without it the output is piped. */
  readonly columns?: number;
  readonly environment?: Record<string, string>;
  readonly profileFolder?: string;
  /** Runs each time the command waits. */
  readonly onPause?: () => Promise<void>;
  readonly signal?: AbortSignal;
  /** Receives what it writes to stdout, as it does. */
  readonly onOut?: (text: string) => void;
  readonly onSay?: (text: string) => void;
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
  { answer, columns, environment, profileFolder, onPause, signal, onOut, onSay }: Terminal = {},
): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  let nowMs = Date.now();
  const code = await run(args, {
    environment: environment ?? { SAGA_URL: api.url, SAGA_TOKEN: await api.token('operator', 'olga') },
    local: { url: async () => null, token: () => api.token('operator', 'local') },
    out: (text) => {
      out.push(text);
      onOut?.(text);
    },
    say: (text) => {
      err.push(text);
      onSay?.(text);
    },
    ask: answer === undefined ? null : async () => (typeof answer === 'string' ? answer : answer()),
    columns,
    profileFolder,
    now: () => nowMs,
    pause: async (ms) => {
      nowMs += ms;
      await onPause?.();
    },
    signal: signal ?? new AbortController().signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
