/**
 * Follows server-sent events: connects again after the last event where the connection breaks. What can be read as a whole is read every
 * few seconds where the events are not to be had: some proxies cut streams, or hold them back.
 */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import type { ServerEvent } from './parse-events.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A stream that brings something says so at once. */
const FIRST_EVENT_MS = 8_000;
/** So many connections in a row may bring nothing, once one did. */
const EMPTY_MAX = 3;
const POLL_MS = 2_000;

/**
 * The events of a path, for as long as the caller reads; `end` is none of them.
 * @throws CommandFailure when the first connection fails, and when the API refuses the caller
 */
export async function* follow(
  { api, say, pause, signal }: Context,
  path: string,
): AsyncGenerator<ServerEvent> {
  let lastEventId: string | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  let hasConnected = false;
  for (;;) {
    let why = 'The API closed the stream.';
    try {
      for await (const event of api.events(path, lastEventId)) {
        hasConnected = true;
        pauseMs = FIRST_PAUSE_MS;
        lastEventId = event.id ?? lastEventId;
        if (event.event === 'end') why = `The API closed the stream (${reasonIn(event.data)}).`;
        else if (event.data !== '') yield event;
      }
    } catch (error) {
      if (signal.aborted || !isLost(error) || !hasConnected) throw error;
      why = error.message;
    }
    say(`${why} Connecting again in ${pauseMs / 1000} s.`);
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** The events of a path, or, where they are not to be had, what a request reads now. */
export type Followed<State> = { readonly event: ServerEvent } | { readonly state: State };

/**
 * As `follow`; but where the first connection brings no event, or several in a row, it reads the state every few seconds instead, and
 * says so.
 * @throws CommandFailure when the API refuses the caller, or does not answer the first request for the state either
 */
export async function* followOrPoll<State>(
  context: Context,
  path: string,
  read: () => Promise<State>,
): AsyncGenerator<Followed<State>> {
  const { api, say, pause, signal } = context;
  let lastEventId: string | undefined;
  let empty = 0;
  let emptyMax = 1;
  while (empty < emptyMax) {
    let why = 'The API closed the stream.';
    empty += 1;
    try {
      for await (const event of api.events(path, lastEventId, FIRST_EVENT_MS)) {
        lastEventId = event.id ?? lastEventId;
        if (event.event === 'end') why = `The API closed the stream (${reasonIn(event.data)}).`;
        else if (event.data !== '') {
          empty = 0;
          emptyMax = EMPTY_MAX;
          yield { event };
        }
      }
    } catch (error) {
      if (signal.aborted || !isLost(error)) throw error;
      why = error.message;
    }
    if (empty >= emptyMax) {
      say(`${why} Its live events are not to be had: it is read every ${POLL_MS / 1000} s instead.`);
      break;
    }
    const pauseMs = FIRST_PAUSE_MS * 2 ** empty;
    say(`${why} Connecting again in ${pauseMs / 1000} s.`);
    await pause(pauseMs);
  }
  yield* polled(context, read);
}

/** A state, read again and again; once it was read, an API that is away for a while is waited for. */
async function* polled<State>(
  { say, pause, signal }: Context,
  read: () => Promise<State>,
): AsyncGenerator<{ readonly state: State }> {
  let pauseMs = POLL_MS;
  for (let hasRead = false; ; ) {
    try {
      const state = await read();
      hasRead = true;
      pauseMs = POLL_MS;
      yield { state };
    } catch (error) {
      if (signal.aborted || !isLost(error) || !hasRead) throw error;
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      say(`${error.message} Reading it again in ${pauseMs / 1000} s.`);
    }
    await pause(pauseMs);
  }
}

/** Whether no answer came, or none of the API's; it may come later. */
function isLost(error: unknown): error is CommandFailure {
  return error instanceof CommandFailure && error.exitCode === EXIT.failure;
}

/** The reason in the data of `end` and of `reset`. */
export function reasonIn(data: string): string {
  return String((JSON.parse(data) as { reason?: unknown }).reason ?? 'no reason given');
}
