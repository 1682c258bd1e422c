/** The common shape of a stack's parts: processes that can be started, probed and ended. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Launch } from './detached.ts';
import type { Places } from './places.ts';
import type { StackState } from './state.ts';

/** One process of a stack, as `stack.ts` starts, recognises and ends it. */
export type Service = Readonly<{
  /** Its name in `processes`: `kafka`, `kafka-2`, `postgres`, … */
  name: string;
  /** The ports it listens on. */
  ports: number[];
  /** A text that its command line holds and no other process's does. */
  signature: string;
  /** The signal that ends it. */
  endSignal: NodeJS.Signals;
  /** Where a person checks when it does not start. */
  logFile: string;
  /** A log line after which a process that ended right after its start may be started again at once. */
  passing?: RegExp;
  /** Makes its data folder where there is none, and returns how to start it. */
  prepare(): Promise<Launch>;
  /** Probes it once in its own protocol. */
  answers(pid: number): Promise<boolean>;
}>;

export type ServicesOf = (state: StackState, places: Places) => Service[];

// A TLS handshake with a broker that has only just started takes seconds on a busy machine.
const answerWithinMs = 5_000;

/**
 * Sends `question` to a port of this machine. Resolves to true when `good` accepts the first bytes of the answer.
 * @param authority the file of the authority that has signed the server's certificate, where it speaks TLS
 */
export function probe(
  port: number,
  question: Buffer,
  good: (answer: Buffer) => boolean,
  authority?: string,
): Promise<boolean> {
  return new Promise((resolve) => {
    const place = { host: '127.0.0.1', port };
    const socket =
      authority === undefined ? connect(place) : connectTls({ ...place, ca: readFileSync(authority) });
    const finish = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(answerWithinMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once(authority === undefined ? 'connect' : 'secureConnect', () => socket.write(question));
    socket.once('data', (answer) => finish(good(answer)));
  });
}
