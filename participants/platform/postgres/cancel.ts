/** Asks PostgreSQL to cancel what a session is running. */
import { connect, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type pg from 'pg';

const CONNECT_MS = 2_000;
/** The protocol's codes of a cancel request, and of the request for TLS; the server's answer that it speaks it. */
const CANCEL = 80_877_102;
const TLS = 80_877_103;
const YES = 0x53;

/** What the driver knows of a session; its types lack the key. */
type Session = pg.ClientBase & {
  readonly host: string;
  readonly port: number;
  readonly ssl: ConnectionOptions | boolean;
  readonly processID: number | null;
  readonly secretKey: number | null;
};

/**
 * Sends a cancel request on a connection of its own, as the protocol wants it: with TLS where the session has it, for a
 * server may take nothing else. Whether it cancelled anything shows in the session's own answer.
 */
export function requestCancel(client: pg.ClientBase): void {
  const { host, port, ssl, processID, secretKey } = client as Session;
  if (processID === null || secretKey === null) return;
  const request = packetOf(CANCEL, processID, secretKey);
  const socket = connect(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }, () => {
    if (ssl === false) socket.end(request);
    else sendWithTls(socket, host, ssl === true ? {} : ssl, request);
  });
  socket.setTimeout(CONNECT_MS, () => socket.destroy());
  // The server answers nothing, and closes the connection.
  socket.on('error', () => {});
  if (ssl === false) socket.resume();
}

/** Any failure leaves the statement to its own time limit on the server. */
function sendWithTls(socket: Socket, host: string, ssl: ConnectionOptions, request: Buffer): void {
  socket.once('data', ([answer]) => {
    if (answer !== YES) return socket.destroy();
    const name = isIP(host) === 0 ? { servername: host } : {};
    const secure = connectTls({ socket, host, ...ssl, ...name }, () => secure.end(request));
    secure.on('error', () => socket.destroy()).resume();
  });
  socket.write(packetOf(TLS));
}

/** A packet of the start of a connection: its length, a code, and more numbers. */
function packetOf(...numbers: number[]): Buffer {
  const packet = Buffer.alloc(4 + 4 * numbers.length);
  packet.writeInt32BE(packet.length, 0);
  for (const [index, number] of numbers.entries()) packet.writeInt32BE(number, 4 + 4 * index);
  return packet;
}
