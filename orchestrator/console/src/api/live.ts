/** Follows the API's server-sent events, and connects again after the last one where the connection breaks. */
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import { parseEvents, type ServerEvent } from '../../../cli/parse-events.ts';
import { ApiProblem, send } from './call.ts';
import { currentSession } from './session.ts';

export type Connection = 'none' | 'connecting' | 'live' | 'lost';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** The API sends a sign of life every 15 s. */
const SILENT_MAX_MS = 45_000;

let connection: Connection = 'none';
const listeners = new Set<() => void>();

function report(to: Connection): void {
  if (connection === to) return;
  connection = to;
  for (const listener of listeners) listener();
}

/** Whether what is on the screen is live. */
export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => connection,
  );
}

/** Follows the events of a path while the component is there. */
export function useLive(path: string, onEvent: (event: ServerEvent) => void): void {
  const receive = useEffectEvent(onEvent);
  useEffect(() => {
    const ended = new AbortController();
    void follow(path, (event) => receive(event), ended.signal);
    return () => {
      ended.abort();
      report('none');
    };
  }, [path]);
}

async function follow(
  path: string,
  receive: (event: ServerEvent) => void,
  ended: AbortSignal,
): Promise<void> {
  let lastEventId: string | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  report('connecting');
  while (!ended.aborted) {
    const silent = new AbortController();
    const signal = AbortSignal.any([ended, silent.signal]);
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      };
      const response = await send(path, { headers, signal });
      report('live');
      pauseMs = FIRST_PAUSE_MS;
      for await (const event of parseEvents(textOf(response, () => silent.abort()))) {
        lastEventId = event.id ?? lastEventId;
        if (event.event === 'end') break;
        if (event.data !== '') receive(event);
      }
    } catch (error) {
      if (ended.aborted) return;
      // Refused for good; a session that ended may come back.
      if (error instanceof ApiProblem && [400, 403, 404].includes(error.status)) return report('none');
    }
    if (ended.aborted) return;
    report('lost');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (currentSession().isExpired) continue;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** The pieces of an answer; calls back where none comes for too long. */
async function* textOf(response: Response, onSilence: () => void): AsyncGenerator<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let timer = setTimeout(onSilence, SILENT_MAX_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      timer = setTimeout(onSilence, SILENT_MAX_MS);
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    clearTimeout(timer);
  }
}
