/** For tests: sends a request byte by byte as it is given, which no client library does. */
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface RawRequest {
  readonly method?: string;
  readonly target: string;
  /** Lines such as `expect: 100-continue`; `host` and `connection: close` are added unless `bare`. */
  readonly headers?: readonly string[];
  /** Sent with its length, unless a header says otherwise. */
  readonly body?: string | Buffer;
  readonly bare?: boolean;
}

export interface RawAnswer {
  readonly status: number;
  /** Whether `100 Continue` came first. */
  readonly continued: boolean;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends a request to `http://host:port`; rejects when no answer comes within 10 s. */
export async function sendRaw(url: string, request: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${request.target}`)));
  socket.write(bytesOf(request));
  return read((await buffer(socket)).toString('latin1'));
}

function bytesOf({ method = 'POST', target, headers = [], body, bare = false }: RawRequest): Buffer {
  const isFramed = headers.some((line) => /^(content-length|transfer-encoding):/i.test(line));
  const content = Buffer.from(body ?? '');
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...(bare ? [] : ['host: shop.example']),
    ...headers,
    ...(body === undefined || isFramed ? [] : [`content-length: ${content.length}`]),
    ...(bare || headers.some((line) => /^connection:/i.test(line)) ? [] : ['connection: close']),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), content]);
}

function read(answer: string): RawAnswer {
  const continued = /^HTTP\/1\.1 100 .*\r\n\r\n/.exec(answer)?.[0] ?? '';
  const rest = answer.slice(continued.length);
  const [head = '', ...bodies] = rest.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  });
  const text = Buffer.from(bodies.join('\r\n\r\n'), 'latin1').toString();
  return {
    status: Number(first.split(' ')[1]),
    continued: continued !== '',
    headers: Object.fromEntries(headers),
    text,
  };
}
