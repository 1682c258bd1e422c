/** The WebSockets on which a run receives its results: opened with tickets, each for its share of the users. */
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { poll } from '#scripts/run/wait-until.ts';

const RESULTS = '/v1/coupon-results';
/** Users in one text, and for one socket: the API's bounds. */
const USERS_A_TEXT = 1_000;
export const USERS_A_SOCKET = 20_000;
/** A backend may send 200 texts a second. */
const TEXT_EVERY_MS = 6;
const ANSWER_WITHIN_MS = 10_000;

export interface Subscribers {
  /** Why one of them closed; null while all are open. */
  readonly broken: string | null;
  close(): void;
}

/**
 * Opens so many sockets and subscribes them to all users.
 * @param users their ids; each is subscribed on one socket
 * @param onText called with each text of results
 * @throws Error when a socket is refused, or does not confirm its subscriptions
 */
export async function openSubscribers(
  { couponsUrl, token }: { readonly couponsUrl: string; readonly token: string },
  users: readonly string[],
  count: number,
  onText: (text: string) => void,
): Promise<Subscribers> {
  const open: WebSocket[] = [];
  let broken: string | null = null;
  let closing = false;
  const share = Math.ceil(users.length / count);
  const subscribers: Subscribers = {
    get broken() {
      return broken;
    },
    close() {
      closing = true;
      for (const socket of open) socket.close();
    },
  };
  try {
    for (let from = 0; from < users.length; from += share) {
      const socket = await connected(couponsUrl, token);
      open.push(socket);
      let listening = 0;
      socket.on('message', (data) => {
        const text = String(data);
        if (text.startsWith('{"results"')) onText(text);
        else listening = (JSON.parse(text) as { listening: { users: number } }).listening.users;
      });
      socket.on('close', (code, reason) => {
        if (!closing) broken ??= `a WebSocket was closed: ${code} ${String(reason)}`;
      });
      const own = users.slice(from, from + share);
      for (let at = 0; at < own.length; at += USERS_A_TEXT) {
        socket.send(JSON.stringify({ users: own.slice(at, at + USERS_A_TEXT) }));
        await pause(TEXT_EVERY_MS);
      }
      if (!(await poll(() => listening === own.length || broken !== null, ANSWER_WITHIN_MS, 1)) || broken) {
        throw new Error(broken ?? `a WebSocket listens for ${listening} of ${own.length} users`);
      }
    }
    return subscribers;
  } catch (error) {
    subscribers.close();
    throw error;
  }
}

async function connected(couponsUrl: string, token: string): Promise<WebSocket> {
  const answer = await fetch(`${couponsUrl}${RESULTS}/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (answer.status !== 201) throw new Error(`a ticket was answered ${answer.status} ${await answer.text()}`);
  const { protocols } = (await answer.json()) as { protocols: string[] };
  const socket = new WebSocket(couponsUrl.replace('http', 'ws') + RESULTS, protocols, {
    handshakeTimeout: ANSWER_WITHIN_MS,
    perMessageDeflate: false,
    // The texts are ours to check: that they are UTF-8 shows when they are parsed.
    skipUTF8Validation: true,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => {});
  return socket;
}
