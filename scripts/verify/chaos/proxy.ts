/**
 * A TCP proxy that can be cut, as a network is: silently (bytes go nowhere until it is healed, then all that was sent
 * arrives, as TCP would have it) or with a reset (every connection ends at once, new ones too).
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Cut = 'silent' | 'reset';

export interface CuttableProxy {
  /** Connections that go through it now. */
  connections(): number;
  cut(how: Cut): void;
  heal(): void;
  /** New connections lead to another port of this machine; the open ones stay. */
  leadTo(port: number): void;
  /** The same, and every open connection is reset. */
  switchTo(port: number): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * Listens on `port` of this machine and forwards to another.
 * @throws when the port is taken
 */
export async function openProxy(port: number, targetPort: number): Promise<CuttableProxy> {
  const pairs = new Set<Pair>();
  let state: 'whole' | Cut = 'whole';
  let target = targetPort;

  const end = ({ client, server }: Pair) => {
    client.destroy();
    server.destroy();
  };
  const stop = ({ client, server }: Pair) => {
    for (const socket of [client, server]) {
      socket.unpipe();
      socket.pause();
    }
  };
  const forward = ({ client, server }: Pair) => {
    client.pipe(server);
    server.pipe(client);
  };

  const listener = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
    // Without a listener an error would end the process; 'close' follows it.
    client.on('error', () => {});
    if (state === 'reset') return void client.resetAndDestroy();
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const pair = { client, server };
    pairs.add(pair);
    server.on('error', () => {});
    for (const socket of [client, server]) {
      socket.once('close', () => {
        pairs.delete(pair);
        end(pair);
      });
    }
    if (state === 'whole') forward(pair);
    else stop(pair);
  });
  listener.listen(port, '127.0.0.1');
  await once(listener, 'listening');

  return {
    connections: () => pairs.size,
    cut(how) {
      state = how;
      for (const pair of pairs) {
        if (how === 'silent') stop(pair);
        else pair.client.resetAndDestroy();
      }
    },
    heal() {
      if (state === 'silent') for (const pair of pairs) forward(pair);
      state = 'whole';
    },
    leadTo(other) {
      target = other;
    },
    switchTo(other) {
      target = other;
      for (const pair of pairs) pair.client.resetAndDestroy();
    },
    async close() {
      for (const pair of pairs) end(pair);
      listener.close();
      await once(listener, 'close');
    },
  };
}
