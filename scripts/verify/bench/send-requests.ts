/** Sends requests at their times, independent of the answers: an open loop over kept-alive connections. */
import type { RunClock, RunRecord } from './run-record.ts';
import type { Schedule } from './schedule.ts';
import { openPoster } from './sockets.ts';

/** Requests without an answer at one time; beyond it the API is not slow but gone, and the run is given up. */
const UNANSWERED_MAX = 20_000;
const ACCEPTED = 202;

export interface SendParts {
  readonly apiUrl: string;
  /** Sent with every request; without it `headOf` authenticates. */
  readonly token?: string;
  readonly plan: Schedule;
  readonly record: RunRecord;
  readonly clock: RunClock;
  /** Sockets at the most. */
  readonly connections?: number;
  readonly pathOf: (request: number) => string;
  readonly bodyOf: (request: number) => string;
  /** Header lines of a request's own, each ended by CRLF. */
  readonly headOf?: (request: number) => string;
  /** Called with each 202's body. */
  readonly onAccepted: (request: number, body: string) => void;
  /** Called with every other answer and its head; status 0: no answer. */
  readonly onRefused?: (request: number, status: number, head: string) => void;
}

/**
 * Sends every request of the plan and resolves when each is answered, or has not been within 30 s.
 * @throws Error when 20,000 are unanswered at once
 */
export async function sendAll(parts: SendParts): Promise<void> {
  const { plan, record, clock, pathOf, bodyOf, headOf } = parts;
  const bearer = parts.token === undefined ? '' : `authorization: Bearer ${parts.token}\r\n`;
  const headers = `${bearer}content-type: application/json\r\n`;
  const poster = openPoster(parts.apiUrl, headers, parts.connections);
  try {
    await new Promise<void>((resolve, reject) => {
      let next = 0;
      let unanswered = 0;
      const send = (request: number) => {
        poster.post(pathOf(request), headOf?.(request) ?? '', bodyOf(request), (status, body, head) => {
          note(parts, request, status, body, head);
          unanswered -= 1;
          if (next === plan.total && unanswered === 0) resolve();
        });
      };
      const tick = () => {
        const now = clock.now();
        while (next < plan.total && plan.dueAt(next) <= now) {
          record.sentAt[next] = now;
          unanswered += 1;
          send(next++);
        }
        if (unanswered > UNANSWERED_MAX)
          return reject(new Error(`the API left ${unanswered} requests unanswered`));
        if (next < plan.total) setTimeout(tick, Math.max(1, Math.floor(plan.dueAt(next) - clock.now())));
      };
      tick();
    });
  } finally {
    poster.close();
  }
}

function note(parts: SendParts, request: number, status: number, body: string, head: string): void {
  const { record, clock, onAccepted, onRefused } = parts;
  record.statuses[request] = status;
  if (status !== 0) record.answeredAt[request] = clock.now();
  if (status === ACCEPTED) onAccepted(request, body);
  else onRefused?.(request, status, head);
}
