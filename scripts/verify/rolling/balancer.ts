/** Spreads requests over the instances that are in service, as a load balancer in front of them does. */
import { openSender, type Sender } from '../bench/sockets.ts';

const DRAINED_WITHIN_MS = 30_000;

/** An answer, and the build that gave it. */
export interface Answered {
  /** 0: no answer. */
  readonly status: number;
  readonly body: string;
  /** In lower case. */
  readonly head: string;
  readonly from: string;
}

export interface Balancer {
  /** Puts an instance of a build into service. */
  add(build: string, url: string): void;
  /** Takes an instance out of service; resolves once its last request is answered. */
  remove(url: string): Promise<void>;
  /** Sends a request to the instance whose turn it is. @param headers lines, each ended by CRLF */
  send(method: string, path: string, headers: string, body?: string): Promise<Answered>;
  close(): void;
}

interface Backend {
  readonly build: string;
  readonly url: string;
  readonly sender: Sender;
  underWay: number;
  onIdle: () => void;
}

/** Opens a balancer without instances. */
export function openBalancer(): Balancer {
  let backends: Backend[] = [];
  let turn = 0;
  return {
    add(build, url) {
      backends.push({ build, url, sender: openSender(url), underWay: 0, onIdle() {} });
    },
    async remove(url) {
      const leaving = backends.find((one) => one.url === url);
      backends = backends.filter((one) => one !== leaving);
      if (leaving === undefined) return;
      if (leaving.underWay > 0)
        await Promise.race([
          new Promise<void>((resolve) => {
            leaving.onIdle = resolve;
          }),
          new Promise((resolve) => setTimeout(resolve, DRAINED_WITHIN_MS).unref()),
        ]);
      leaving.sender.close();
    },
    send(method, path, headers, body = '') {
      const backend = backends[turn++ % backends.length];
      if (backend === undefined) return Promise.resolve({ status: 0, body: '', head: '', from: 'nobody' });
      const length = method === 'GET' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
      const host = new URL(backend.url).host;
      backend.underWay += 1;
      return new Promise((resolve) => {
        backend.sender.send(
          `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}${length}`,
          body,
          (status, text, head) => {
            backend.underWay -= 1;
            if (backend.underWay === 0) backend.onIdle();
            resolve({ status, body: text, head, from: backend.build });
          },
        );
      });
    },
    close() {
      for (const { sender } of backends) sender.close();
    },
  };
}
