/** The HTTP API for the command line: requests, acts, and the exit code of each problem. */

import { randomUUID } from 'node:crypto';
import { CommandFailure, EXIT, type ExitCode, type FailureDetails } from './failure.ts';
import { type OpenEvents, parseEvents } from './parse-events.ts';

const REQUEST_TIMEOUT_MS = 15_000;
/** A stream of events has a sign of life every 15 s. */
const SILENCE_MAX_MS = 45_000;

export interface Api {
  /** A body that is no JSON. */
  text(path: string): Promise<string>;
  /** Server-sent events. */
  readonly events: OpenEvents;
  get<Body>(path: string): Promise<Body>;
  /** Reads what an act would do: a dry run of it. */
  plan<Plan>(act: Act): Promise<Plan>;
  /** Acts; where the plan it names has changed, nothing is done. */
  act<Done, Plan>(act: Act): Promise<Applied<Done, Plan>>;
}

/** A request that changes something. */
export interface Act {
  /** POST unless it is named. */
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Its body; of a DELETE its query. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer to an act, or the plan as it is now. */
export type Applied<Done, Plan> = { readonly done: Done } | { readonly changed: Plan };

/**
 * Opens the API at `url`; `token` names the caller.
 * @param key the Idempotency-Key of what the command does; a repeat under the same key does nothing twice
 */
export function openApi(url: string, token: string, signal: AbortSignal, key: string = randomUUID()): Api {
  const root = rootOf(url);
  let acts = 0;
  /** A second act of one command is another request. */
  const newKey = (): Record<string, string> => {
    acts += 1;
    return { 'idempotency-key': acts === 1 ? key : `${key}-${acts}` };
  };
  const sendText = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
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
      throw lost(`The API at ${url} does not answer (${whyOf(error)}).`, path, headers, body);
    }
    if (!response.ok) throw failureOf(response.status, text);
    return text;
  };
  const send = async <Body>(method: string, path: string, body?: unknown, headers = {}): Promise<Body> =>
    JSON.parse(await sendText(method, path, body, headers)) as Body;
  const sendAct = <Body>({ method = 'POST', path, fields }: Act, headers: Record<string, string>) =>
    method === 'DELETE'
      ? send<Body>(method, `${path}?${queryOf(fields)}`, undefined, headers)
      : send<Body>(method, path, fields ?? {}, headers);
  const events: OpenEvents = async function* (path, lastEventId, firstWithinMs = SILENCE_MAX_MS) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), firstWithinMs);
    const resumed = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    let response: Response;
    try {
      response = await fetch(root + path, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...resumed },
        signal: AbortSignal.any([signal, silence.signal]),
      });
      if (!response.ok || response.body === null) throw failureOf(response.status, await response.text());
      const { body } = response;
      const pieces = async function* () {
        for await (const piece of body.pipeThrough(new TextDecoderStream())) {
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), SILENCE_MAX_MS);
          yield piece;
        }
      };
      yield* parseEvents(pieces());
    } catch (error) {
      if (error instanceof CommandFailure) throw error;
      throw new CommandFailure(EXIT.failure, `The API at ${url} does not answer (${whyOf(error)}).`);
    } finally {
      clearTimeout(timer);
      // Ends the connection where the caller reads no further.
      silence.abort();
    }
  };
  return {
    events,
    text: (path) => sendText('GET', path),
    get: (path) => send('GET', path),
    plan: <Plan>(act: Act) =>
      sendAct<Plan>({ ...act, fields: { ...act.fields, dryRun: true } }, { ...act.headers }),
    async act<Done, Plan>(act: Act): Promise<Applied<Done, Plan>> {
      try {
        return { done: await sendAct<Done>(act, { ...newKey(), ...act.headers }) };
      } catch (error) {
        if (error instanceof PlanChanged) return { changed: error.plan as Plan };
        throw error;
      }
    },
  };
}

/** The address under which the API's paths lie; it may be a path itself, behind a proxy. */
function rootOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+$/, '');
}

function queryOf(fields: Readonly<Record<string, unknown>> = {}): URLSearchParams {
  const texts = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]);
  return new URLSearchParams(texts);
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

const PLAN_CHANGED = 'urn:problem:order-saga:plan-changed';

interface Problem {
  readonly type?: string;
  readonly detail?: string;
  readonly title?: string;
  readonly plan?: unknown;
  readonly traceId?: string;
  readonly links?: { readonly self?: string };
}

/** What a plan was made of has changed since: nothing was done. */
export class PlanChanged extends CommandFailure {
  /** The plan as it is now, as the API answers that of its act. */
  readonly plan: unknown;
  constructor(plan: unknown) {
    super(EXIT.conflict, 'The plan has changed, and nothing was done: see the new one above.', {
      problem: { type: PLAN_CHANGED },
    });
    this.name = 'PlanChanged';
    this.plan = plan;
  }
}

function failureOf(status: number, text: string): CommandFailure {
  let detailed = `The API answered ${status}`;
  let problem: FailureDetails['problem'];
  try {
    const { type, detail, title, plan, traceId, links } = JSON.parse(text) as Problem;
    if (type === PLAN_CHANGED && plan !== undefined) return new PlanChanged(plan);
    detailed = detail ?? title ?? detailed;
    if (type !== undefined) problem = { type, ...(traceId !== undefined && { traceId }) };
    if (links?.self !== undefined) detailed += `. Its outcome: ${links.self}`;
  } catch {
    // Not a problem document: another server answers at this address.
  }
  const sentence = detailed.charAt(0).toUpperCase() + detailed.slice(1);
  return new CommandFailure(
    CODES[status] ?? EXIT.failure,
    sentence.endsWith('.') ? sentence : `${sentence}.`,
    problem === undefined ? {} : { problem },
  );
}

/** No answer came: an act may have been done all the same, and its repeat under the same key is answered by that. */
function lost(
  sentence: string,
  path: string,
  { 'idempotency-key': key }: Readonly<Record<string, string>>,
  body: unknown,
): CommandFailure {
  if (key === undefined) return new CommandFailure(EXIT.failure, sentence);
  const { planHash } = (body ?? {}) as { planHash?: string };
  const plan = planHash === undefined ? '' : ` --plan ${planHash}`;
  // A key of a backend is the one thing that is made anew by each request.
  const step =
    path === '/v1/api-keys' ? 'saga api-key list' : `repeat it with --idempotency-key ${key}${plan}`;
  return new CommandFailure(EXIT.failure, `${sentence} It may have been done: ${step}.`, {
    nextSteps: [step],
  });
}

function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.name === 'TimeoutError' ? 'timed out' : error.message;
}
