/** Follows server-sent events: connects again after the last event where the connection breaks. */
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import type { ServerEvent } from './parse-events.ts';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

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
      const isLost = error instanceof CommandFailure && error.exitCode === EXIT.failure;
      if (signal.aborted || !isLost || !hasConnected) throw error;
      why = error.message;
    }
    say(`${why} Connecting again in ${pauseMs / 1000} s.`);
    await pause(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** The reason in the data of `end` and of `reset`. */
export function reasonIn(data: string): string {
  return String((JSON.parse(data) as { reason?: unknown }).reason ?? 'no reason given');
}
