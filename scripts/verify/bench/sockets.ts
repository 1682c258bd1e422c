/**
 * Requests over kept-alive sockets, one request a socket at a time.
 * Not with undici: at 1,000 requests a second that costs 14 % of a core, this 9 %, and the generator shares the cores
 * with the system it measures. It supports what the benchmark needs and no more.
 */
import { connect, type Socket } from 'node:net';

/** The default number of sockets; a request that finds all busy waits here, and that time counts. */
export const SOCKETS_MAX = 256;
const ANSWER_WITHIN_MS = 30_000;
/** A socket idle longer than this is not used again: servers close theirs after 5 s, and a race with that loses. */
const IDLE_MAX_MS = 3_000;

/** Called with the HTTP status, the body and the head in lower case; status 0: no answer came. */
export type OnAnswer = (status: number, body: string, head: string) => void;

export interface Poster {
  /** `head` adds lines to the fixed ones. */
  post(path: string, head: string, body: string, onAnswer: OnAnswer): void;
  close(): void;
}

/** Sends any request; `request` is its line and its headers, each ended by CRLF. */
export interface Sender {
  send(request: string, body: string, onAnswer: OnAnswer): void;
  close(): void;
}

interface Line {
  readonly socket: Socket;
  received: string;
  onAnswer: OnAnswer | null;
  idleSince: number;
}

/** Posts to one server. `fixedHeaders` are lines, each ended by CRLF; `head` of a post adds to them. */
export function openPoster(url: string, fixedHeaders: string, socketsMax?: number): Poster {
  const fixed = ` HTTP/1.1\r\nhost: ${new URL(url).host}\r\n${fixedHeaders}`;
  const sender = openSender(url, socketsMax);
  return {
    post: (path, head, body, onAnswer) =>
      sender.send(
        `POST ${path}${fixed}${head}content-length: ${Buffer.byteLength(body)}\r\n`,
        body,
        onAnswer,
      ),
    close: sender.close,
  };
}

/** Opens sockets to one server, as they are needed. */
export function openSender(url: string, socketsMax = SOCKETS_MAX): Sender {
  const { hostname, port } = new URL(url);
  const idle: Line[] = [];
  const waiting: Array<{ text: string; onAnswer: OnAnswer }> = [];
  const open = new Set<Line>();

  const answer = (line: Line, status: number, body: string, head: string) => {
    const { onAnswer } = line;
    line.onAnswer = null;
    line.received = '';
    const next = status === 0 ? undefined : waiting.shift();
    if (next !== undefined) write(line, next.text, next.onAnswer);
    else if (status !== 0) {
      line.idleSince = performance.now();
      idle.push(line);
    }
    onAnswer?.(status, body, head);
  };

  const newLine = (): Line => {
    const socket = connect(Number(port), hostname);
    const line: Line = { socket, received: '', onAnswer: null, idleSince: 0 };
    open.add(line);
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.on('data', (text: string) => {
      line.received += text;
      const whole = readResponse(line.received);
      if (whole !== null) answer(line, whole.status, whole.body, whole.head);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(line);
      const at = idle.indexOf(line);
      if (at >= 0) idle.splice(at, 1);
      if (line.onAnswer !== null) answer(line, 0, '', '');
      const next = open.size < socketsMax ? waiting.shift() : undefined;
      if (next !== undefined) write(newLine(), next.text, next.onAnswer);
    });
    return line;
  };

  const write = (line: Line, text: string, onAnswer: OnAnswer) => {
    line.onAnswer = onAnswer;
    line.socket.write(text);
  };

  return {
    send(request, body, onAnswer) {
      const text = `${request}\r\n${body}`;
      const line = idle.pop();
      if (line !== undefined && performance.now() - line.idleSince < IDLE_MAX_MS)
        return write(line, text, onAnswer);
      line?.socket.destroy();
      if (open.size < socketsMax) write(newLine(), text, onAnswer);
      else waiting.push({ text, onAnswer });
    },
    close() {
      for (const { socket } of open) socket.destroy();
    },
  };
}

/** The status and the body of a response that has arrived in full; null while it has not. */
export function readResponse(text: string): { status: number; head: string; body: string } | null {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const head = text.slice(0, headEnd).toLowerCase();
  const rest = text.slice(headEnd + 4);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length !== undefined) {
    return Buffer.byteLength(rest) < Number(length) ? null : { status, head, body: rest };
  }
  if (!head.includes('\r\ntransfer-encoding: chunked')) return { status, head, body: '' };
  return rest.endsWith('0\r\n\r\n') ? { status, head, body: unchunked(rest) } : null;
}

function unchunked(text: string): string {
  let body = '';
  for (let rest = Buffer.from(text); ; ) {
    const lineEnd = rest.indexOf('\r\n');
    const size = Number.parseInt(rest.toString('latin1', 0, lineEnd), 16);
    if (!(size > 0)) return body;
    body += rest.toString('utf8', lineEnd + 2, lineEnd + 2 + size);
    rest = rest.subarray(lineEnd + 2 + size + 2);
  }
}
