/** Whether a server answers anything: one that has vanished, or is frozen, leaves its connections open. */
import { connect, type Socket } from 'node:net';
import type pg from 'pg';

const ANSWER_WITHIN_MS = 2_000;
/** PostgreSQL's SSLRequest: any server and pooler answers it with one letter, before it wants a user. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** What the driver knows of a session; its types lack the stream. */
type Session = pg.ClientBase & {
  readonly host: string;
  readonly port: number;
  readonly connection: { readonly stream: Pick<Socket, 'remoteAddress'> };
};

/** Whether two connections were made to the same address. */
export function isSameServer(one: pg.ClientBase, other: pg.ClientBase): boolean {
  const [a, b] = [one as Session, other as Session];
  return a.host === b.host && a.port === b.port;
}

/**
 * Sends a question to the very server of a connection: its name may lead to another by now. One on a socket of this machine counts as there.
 * @param withinMs a shorter wait for the answer than two seconds
 */
export function serverAnswers(client: pg.ClientBase, withinMs = ANSWER_WITHIN_MS): Promise<boolean> {
  const { host, port, connection } = client as Session;
  if (host.startsWith('/')) return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = connect({ host: connection.stream.remoteAddress ?? host, port });
    const finish = (answers: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answers);
    };
    const timer = setTimeout(() => finish(false), Math.min(withinMs, ANSWER_WITHIN_MS));
    socket.once('connect', () => socket.write(SSL_REQUEST));
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
