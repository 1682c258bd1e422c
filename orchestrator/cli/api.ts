/** The HTTP API for the command line: requests, the shapes of answers, and the exit code of each problem. */
import { CommandFailure, EXIT, type ExitCode } from './failure.ts';

const REQUEST_TIMEOUT_MS = 15_000;

export interface Listed {
  readonly sagaId: string;
  readonly customerId: string;
  readonly status: string;
  readonly state: string;
  readonly stuck: boolean;
  readonly stalled: boolean;
  readonly stalledSince?: string;
  readonly incident?: { readonly since: string; readonly code: string };
  readonly stateSince: string;
  readonly createdAt: string;
}

export interface Awaited {
  readonly commandId: string;
  readonly type: string;
  readonly since: string;
  readonly read: boolean;
  readonly attempts: number;
  readonly deadline?: string;
}

export interface Saga extends Omit<Listed, 'incident'> {
  readonly incident: { readonly since: string; readonly code: string; readonly text?: string } | null;
  readonly lastFailure: { readonly at: string; readonly code: string; readonly text: string } | null;
  readonly endedAt: string | null;
  readonly paused: boolean;
  readonly holds: readonly string[];
  readonly revision: number;
  readonly waitsFor: readonly Awaited[] | null;
  readonly timers: ReadonlyArray<{ readonly name: string; readonly dueAt: string }> | null;
  readonly stepsDone: ReadonlyArray<{
    readonly type: string;
    readonly answer: string;
    readonly at: string;
  }> | null;
  readonly stepsRemaining: readonly RemainingStep[] | null;
  readonly endsAs: { readonly state?: string };
  readonly context: Readonly<Record<string, unknown>>;
}

export interface RemainingStep {
  readonly type: string;
  readonly awaited: boolean;
  readonly needsEvidence?: boolean;
}

export interface Plan {
  readonly outcome: 'applies' | 'waits' | 'refused';
  readonly detail?: string;
  readonly state?: string;
  readonly sends: ReadonlyArray<{ readonly id: string; readonly topic: string; readonly again: boolean }>;
  /** Ids of messages the pause would hold back. */
  readonly holds?: readonly string[];
  readonly afterwards?: { readonly steps: readonly RemainingStep[]; readonly state: string };
}

export interface Action {
  readonly actionId: string;
  readonly action: string;
  readonly state: 'waiting' | 'applied' | 'refused';
  readonly detail?: string;
}

/** One event of a history. Its fields depend on its kind. */
export interface HistoryEvent {
  readonly kind: 'transition' | 'unmatched' | 'resend' | 'action';
  readonly at: string;
  readonly [field: string]: unknown;
}

export interface Api {
  get<Body>(path: string): Promise<Body>;
  post<Body>(path: string, body: unknown, headers?: Record<string, string>): Promise<Body>;
}

/** Opens the API at `url`; `token` names the caller. */
export function openApi(url: string, token: string, signal: AbortSignal): Api {
  const root = rootOf(url);
  const send = async <Body>(method: string, path: string, body?: unknown, headers = {}): Promise<Body> => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(root + path, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      text = await response.text();
    } catch (error) {
      throw new CommandFailure(EXIT.failure, `The API at ${url} does not answer (${whyOf(error)}).`);
    }
    if (!response.ok) throw failureOf(response.status, text);
    return JSON.parse(text) as Body;
  };
  return {
    get: (path) => send('GET', path),
    post: (path, body, headers) => send('POST', path, body, headers),
  };
}

/** The address under which the API's paths lie; it may be a path itself, behind a proxy. */
function rootOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}

const CODES: Readonly<Record<number, ExitCode>> = {
  400: EXIT.usage,
  401: EXIT.auth,
  403: EXIT.auth,
  404: EXIT.notFound,
  409: EXIT.conflict,
  412: EXIT.conflict,
  422: EXIT.conflict,
};

function failureOf(status: number, text: string): CommandFailure {
  let detailed = `The API answered ${status}`;
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string };
    detailed = detail ?? title ?? detailed;
  } catch {
    // Not a problem document: another server answers at this address.
  }
  const sentence = detailed.charAt(0).toUpperCase() + detailed.slice(1);
  return new CommandFailure(
    CODES[status] ?? EXIT.failure,
    sentence.endsWith('.') ? sentence : `${sentence}.`,
  );
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.name === 'TimeoutError' ? 'timed out' : error.message;
}
