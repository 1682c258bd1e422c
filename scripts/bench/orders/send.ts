/** Sends the orders at their times, whatever becomes of them: an open loop over kept-alive connections. */
import type { RunClock, RunRecord } from './record.ts';
import type { Schedule } from './schedule.ts';
import { openPoster } from './sockets.ts';

/** Orders without an answer at one time; beyond it the API is not slow but gone, and the run is given up. */
const UNANSWERED_MAX = 20_000;
const ACCEPTED = 202;

export interface SendParts {
  readonly apiUrl: string;
  readonly token: string;
  readonly plan: Schedule;
  readonly record: RunRecord;
  readonly clock: RunClock;
  readonly bodyOf: (order: number) => string;
  /** The Idempotency-Key of an order: what was not answered can be found by it. */
  readonly keyOf: (order: number) => string;
  /** Told each order's id as it is accepted. */
  readonly onAccepted: (order: number, id: string) => void;
  /** Told every other answer, with its head; status 0: none came. */
  readonly onRefused?: (order: number, status: number, head: string) => void;
}

/**
 * Sends every order of the plan and resolves when each is answered, or has not been within 30 s.
 * @throws Error when 20,000 orders are unanswered at once
 */
export async function sendOrders(parts: SendParts): Promise<void> {
  const { plan, record, clock, bodyOf, keyOf } = parts;
  const headers = `authorization: Bearer ${parts.token}\r\ncontent-type: application/json\r\n`;
  const poster = openPoster(parts.apiUrl, '/v1/orders', headers);
  try {
    await new Promise<void>((resolve, reject) => {
      let next = 0;
      let unanswered = 0;
      const send = (order: number) => {
        poster.post(`idempotency-key: ${keyOf(order)}\r\n`, bodyOf(order), (status, body, head) => {
          note(parts, order, status, body, head);
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
          return reject(new Error(`the API left ${unanswered} orders unanswered`));
        if (next < plan.total) setTimeout(tick, Math.max(1, Math.floor(plan.dueAt(next) - clock.now())));
      };
      tick();
    });
  } finally {
    poster.close();
  }
}

function note(parts: SendParts, order: number, status: number, body: string, head: string): void {
  const { record, clock, onAccepted, onRefused } = parts;
  record.statuses[order] = status;
  if (status !== ACCEPTED) onRefused?.(order, status, head);
  if (status === 0) return;
  record.answeredAt[order] = clock.now();
  if (status !== ACCEPTED) return;
  const { orderId } = JSON.parse(body) as { orderId: string };
  record.ids[order] = orderId;
  onAccepted(order, orderId);
}
