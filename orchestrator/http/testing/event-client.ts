/** For tests: a client of live events, and a way to cut its connection. */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { parseEvents, type ServerEvent } from '#orchestrator/cli/parse-events.ts';
import type { Role } from '#platform/process/auth-tokens.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import type { TestApi } from './api.ts';

/** An open stream, and what it has received. */
export interface EventClient {
  readonly status: number;
  readonly events: readonly ServerEvent[];
  /** The id of the last event, or of the last sign of life. */
  lastId(): string | undefined;
  isClosed(): boolean;
  close(): void;
}

export interface Opening {
  readonly as?: Role;
  readonly subject?: string;
  readonly token?: string;
  readonly lastEventId?: string | undefined;
  /** The address, where it is not the API's own. */
  readonly url?: string;
}

/** Opens a stream at an API. */
export async function openEvents(
  api: TestApi,
  path: string,
  { as = 'viewer', subject, token, lastEventId, url = api.url }: Opening = {},
): Promise<EventClient> {
  const aborted = new AbortController();
  const response = await fetch(url + path, {
    headers: {
      authorization: `Bearer ${token ?? (await api.token(as, subject))}`,
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    signal: aborted.signal,
  });
  const events: ServerEvent[] = [];
  let lastId: string | undefined = lastEventId;
  let isClosed = false;
  const read = async () => {
    const pieces = response.body?.pipeThrough(new TextDecoderStream());
    for await (const event of parseEvents(pieces as AsyncIterable<string>)) {
      lastId = event.id ?? lastId;
      if (event.data !== '') events.push(event);
    }
  };
  if (response.ok)
    void read()
      .catch(() => {})
      .finally(() => {
        isClosed = true;
      });
  else await response.body?.cancel();
  return {
    status: response.status,
    events,
    lastId: () => lastId,
    isClosed: () => isClosed,
    close: () => aborted.abort(),
  };
}

/**
 * Waits for so many events of a kind, and returns the data of all of them.
 * @throws Error with the last events, where the stream is closed before or they do not come
 */
export async function received(
  { events, isClosed }: EventClient,
  kind: string,
  count: number,
): Promise<Array<Readonly<Record<string, unknown>>>> {
  const found = () => events.filter(({ event }) => event === kind);
  const last = () => JSON.stringify(events.slice(-5));
  try {
    await waitUntil(() => found().length >= count || isClosed(), Boolean);
  } catch (error) {
    throw new Error(`${count} ${kind} did not come; the last events: ${last()}`, { cause: error });
  }
  const some = found();
  if (some.length < count)
    throw new Error(`the stream was closed before ${count} ${kind} came; the last events: ${last()}`);
  return some.map(({ data }) => JSON.parse(data) as Readonly<Record<string, unknown>>);
}

/** An address before a server whose open connections can be cut. */
export interface CuttableProxy {
  readonly url: string;
  /** Cuts every open connection. @returns how many there were */
  cut(): number;
  close(): Promise<void>;
}

export async function openCuttableProxy(url: string): Promise<CuttableProxy> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) track(socket);
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    const open = sockets.size / 2;
    for (const socket of sockets) socket.destroy();
    return open;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An address before an API through which no stream of events comes; all else does. */
export interface StreamlessProxy {
  readonly url: string;
  /** The requests for streams so far. */
  readonly streams: () => number;
  close(): Promise<void>;
}

/** @param how `refuse`: it answers 502; `cut`: it closes the stream at once; `hold`: it sends nothing of it */
export async function openStreamlessProxy(
  target: string,
  how: 'refuse' | 'cut' | 'hold',
): Promise<StreamlessProxy> {
  let streams = 0;
  const server = createHttpServer(async (request, response) => {
    const { url = '', headers } = request;
    if (!headers.accept?.includes('text/event-stream')) {
      const answer = await fetch(target + url, {
        headers: { authorization: String(headers.authorization) },
      });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
      return;
    }
    streams += 1;
    if (how === 'refuse')
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    else response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    if (how === 'cut') response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams: () => streams,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
