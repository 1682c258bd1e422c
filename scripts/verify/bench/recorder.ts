/** Records the course of requests: an id with the 202, the end with its event, in either order. */
import type { RunClock, RunRecord } from './run-record.ts';

/** A bound on ends without a known request; other clients may be sending too. */
const STRANGERS_MAX = 100_000;

export interface Noting {
  accepted(request: number, id: string): void;
  ended(id: string): void;
}

/** Notes into a record, by a clock. */
export function noteInto(record: RunRecord, clock: RunClock): Noting {
  const requests = new Map<string, number>();
  const strangers = new Map<string, number>();
  const end = (request: number, at: number) => {
    // An end may arrive twice: its first time counts.
    if (Number.isNaN(record.endedAt[request])) record.endedAt[request] = at;
  };
  return {
    accepted(request, id) {
      record.ids[request] = id;
      requests.set(id, request);
      const at = strangers.get(id);
      if (at === undefined) return;
      strangers.delete(id);
      end(request, at);
    },
    ended(id) {
      const request = requests.get(id);
      if (request !== undefined) end(request, clock.now());
      else if (strangers.size < STRANGERS_MAX) strangers.set(id, clock.now());
    },
  };
}
