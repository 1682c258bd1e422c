/** One program of the comparison, running: where orders are sent, whose CPU counts, and where its rows are. */
import { openPoster } from '../sockets.ts';
import type { OnEnd } from './closed-loop.ts';
import type { ArmName } from './names.ts';

/** A program that takes orders. */
export interface Arm {
  readonly name: ArmName;
  readonly version: string;
  /** Where its rows are. */
  readonly databaseUrl: string;
  /** The pids of its processes and of its servers, by name. */
  pids(): Promise<Readonly<Record<string, number>>>;
  /** Opens what sends orders, for as many in flight. */
  open(inFlight: number): Promise<ArmClient>;
}

/** Sends orders. */
export interface ArmClient {
  /** Sends the nth order; its end is when it has completed. */
  send(n: number, onEnd: OnEnd): void;
  close(): Promise<void>;
}

const ANSWERED = 200;

/**
 * Posts orders that are answered when they have completed.
 * @param urls of the processes that take them, in turn
 * @param headOf header lines of an order's own, each ended by CRLF
 */
export function answeringClient(
  urls: readonly string[],
  path: string,
  inFlight: number,
  order: (n: number) => { readonly id: string; readonly body: string },
  headOf: (id: string) => string,
): ArmClient {
  const posters = urls.map((url) => openPoster(url, 'content-type: application/json\r\n', inFlight));
  return {
    send(n, onEnd) {
      const { id, body } = order(n);
      posters[n % posters.length]?.post(path, headOf(id), body, (status) =>
        onEnd(status === ANSWERED ? null : status === 0 ? 'no answer' : `status ${status}`),
      );
    },
    async close() {
      for (const poster of posters) poster.close();
    },
  };
}
