/** For tests: a TCP proxy in front of PostgreSQL that loses what the server answers, or cuts the connections. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LossyProxy {
  /** The address of the database through the proxy. */
  readonly url: string;
  /** From now on the answers on the open connections are lost; `all`: on new connections too. */
  loseAnswers(all?: boolean): void;
  /** From now on each connection is deaf once it has sent these bytes, such as `COMMIT`; null: none. */
  loseAnswersTo(text: string | null): void;
  /** New connections work again; those whose answers were lost stay deaf. */
  heal(): void;
  /** Closes the open connections once the server has answered their next statement; the answer is lost. */
  cutAtAnswer(): void;
  /** New connections lead to the server of another address; the open ones stay where they are. */
  switchTo(databaseUrl: string): void;
  /** Open connections from clients. */
  readonly connections: number;
  close(): Promise<void>;
}

export async function openLossyProxy(databaseUrl: string): Promise<LossyProxy> {
  let target = new URL(databaseUrl);
  const pairs = new Set<{ client: Socket; server: Socket; mode: 'pass' | 'lose' | 'cut' }>();
  let deafAfter: string | null = null;
  let newMode: 'pass' | 'lose' = 'pass';
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    const pair = { client, server, mode: newMode as 'pass' | 'lose' | 'cut' };
    pairs.add(pair);
    client.on('data', (bytes) => {
      if (deafAfter !== null && bytes.includes(deafAfter)) pair.mode = 'lose';
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (pair.mode === 'pass') client.write(bytes);
      if (pair.mode === 'cut') client.destroy();
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  const set = (mode: 'lose' | 'cut') => {
    for (const pair of pairs) pair.mode = mode;
  };
  return {
    url: url.href,
    loseAnswers(all = false) {
      set('lose');
      if (all) newMode = 'lose';
    },
    loseAnswersTo: (text) => {
      deafAfter = text;
    },
    heal: () => {
      newMode = 'pass';
    },
    cutAtAnswer: () => set('cut'),
    switchTo: (other) => {
      target = new URL(other);
    },
    get connections() {
      return pairs.size;
    },
    close() {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      return new Promise((resolve) => void proxy.close(() => resolve()));
    },
  };
}
