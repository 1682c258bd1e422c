/** Asks PostgreSQL to cancel what a session is running. */
import { connect } from 'node:net';
import type pg from 'pg';

const CONNECT_MS = 2_000;
/** The protocol's code of a cancel request. */
const CANCEL = 80_877_102;

/** What the driver knows of a session; its types lack the key. */
type Session = pg.ClientBase & {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
};

/**
 * Sends a cancel request on a connection of its own, as the protocol wants it. The request carries a secret of the session
 * alone, so it may travel without TLS.
 * @returns whether the server's machine is there; whether it cancelled anything shows in the session's own answer
 */
export function requestCancel(client: pg.ClientBase): Promise<boolean> {
  const { host, port, processID, secretKey } = client as Session;
  if (processID === null || secretKey === null) return Promise.resolve(false);
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(CANCEL, 4);
  packet.writeInt32BE(processID, 8);
  packet.writeInt32BE(secretKey, 12);
  return new Promise((resolve) => {
    let isThere = false;
    const socket = connect(
      host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port },
      () => {
        isThere = true;
        socket.end(packet);
      },
    );
    socket.setTimeout(CONNECT_MS, () => socket.destroy());
    // The server answers nothing, and closes the connection.
    socket.on('error', () => {}).on('close', () => resolve(isThere));
    socket.resume();
  });
}
