/**
 * Calls to the APIs: with the customer's token, and repeated while they are not answered.
 *
 * @typedef {{ ok: boolean, status: number, body: any, retryAfterMs: number }} Answer
 */

const ANSWER_WITHIN_MS = 10_000;
const FIRST_BACK_OFF_MS = 500;
const LONGEST_BACK_OFF_MS = 15_000;

/** Calls as one customer. @param {() => Promise<string>} logIn gets a token; called again when the old one is no longer valid */
export function callsWith(logIn) {
  /** @type {Promise<string> | null} */
  let token = null;
  const bearer = async () => {
    token ??= logIn();
    try {
      return `Bearer ${await token}`;
    } catch (error) {
      token = null;
      throw error;
    }
  };

  /**
   * Rejects when there is no answer, or none in time.
   * @param {string} api @param {string} path @param {{ method?: string, body?: object, key?: string }} [request]
   * @returns {Promise<Answer>}
   */
  return async function call(api, path, { body, method = body === undefined ? 'GET' : 'POST', key } = {}) {
    const send = async () =>
      fetch(api + path, {
        method,
        headers: {
          authorization: await bearer(),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    let response = await send();
    if (response.status === 401) {
      token = null;
      response = await send();
    }
    const { ok, status, headers } = response;
    const retryAfterMs = 1000 * Number(headers.get('retry-after'));
    return { ok, status, body: await response.json(), retryAfterMs };
  };
}

/**
 * Repeats a call until it is answered by something else than "not now": no answer, 429, or any 5xx. The call must be safe to
 * repeat: a read, or a request under an Idempotency-Key.
 * @param {() => Promise<Answer>} call
 * @returns {Promise<Answer>}
 */
export async function untilAnswered(call) {
  for (let attempt = 0; ; attempt++) {
    const answer = await call().catch(() => null);
    if (answer !== null && answer.status !== 429 && answer.status < 500) return answer;
    await wait(Math.max(answer?.retryAfterMs ?? 0, backOffMs(attempt)));
  }
}

/** The delay before a repeat: doubled each time, and random, so that not all pages come back at once. @param {number} attempt from 0 */
export function backOffMs(attempt) {
  return Math.min(FIRST_BACK_OFF_MS * 2 ** attempt, LONGEST_BACK_OFF_MS) * (0.5 + Math.random() / 2);
}

/** Waits, at most until the browser is online again. @param {number} ms @returns {Promise<void>} */
export function wait(ms) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener('online', end);
  });
}
