/** What the three parts of a stack have in common: each is one or more processes that can be started and asked. */
import { connect } from 'node:net';
import type { Launch } from './detached.ts';
import type { Places } from './places.ts';
import type { StackState } from './state.ts';

/** One process of a stack, as `stack.ts` starts, recognises and ends it. */
export type Service = Readonly<{
  /** Its name in `processes`: `kafka`, `kafka-2`, `postgres`, … */
  name: string;
  /** The ports it listens on. */
  ports: number[];
  /** What its command line holds and no other process's does. */
  signature: string;
  /** How it is asked to end. */
  endSignal: NodeJS.Signals;
  /** Where a person checks when it does not start. */
  logFile: string;
  /** What its log says when it ended right after its start and may be started again at once. */
  passing?: RegExp;
  /** Makes its data folder where there is none, and says how to start it. */
  prepare(): Promise<Launch>;
  /** Whether it answers in its own protocol, asked once. */
  answers(pid: number): Promise<boolean>;
}>;

export type ServicesOf = (state: StackState, places: Places) => Service[];

const answerWithinMs = 1_000;

/** Sends `question` to a port of this machine and says whether the first bytes of the answer satisfy `good`. */
export function probe(port: number, question: Buffer, good: (answer: Buffer) => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(answerWithinMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('connect', () => socket.write(question));
    socket.once('data', (answer) => finish(good(answer)));
  });
}
