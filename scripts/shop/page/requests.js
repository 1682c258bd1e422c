/**
 * The requests of a customer, in `localStorage`: one entry each, so that two tabs never overwrite each other's. A change is
 * made to the entry as it is stored now.
 *
 * @typedef {'sending' | 'pending' | 'issued' | 'failed' | 'refused'} Status `refused`: the API did not accept the request
 * @typedef {{ key: string, campaignId: string, status: Status, at: number, acceptedAt?: number, decidedAt?: number,
 *   requestId?: string, address?: string, couponId?: string, reason?: string, order?: Order }} Request
 * @typedef {{ key: string, card: string, status: 'sending' | 'running' | 'compensating' | 'completed' | 'failed' | 'refused',
 *   address?: string, cancel?: string, state?: string, reason?: string, charged?: number, discount?: number,
 *   currency?: string }} Order
 */

const KEPT = 50;

/** @param {string} prefix of the entries' names @param {() => void} changed called after each change */
export function storedRequests(prefix, changed) {
  /** @param {string} key @returns {Request | null} */
  const get = (key) => JSON.parse(localStorage.getItem(prefix + key) ?? 'null');
  /** @param {Request} request */
  const put = (request) => {
    localStorage.setItem(prefix + request.key, JSON.stringify(request));
    changed();
  };
  /** Newest first. @returns {Request[]} */
  const all = () => {
    const names = Array.from({ length: localStorage.length }, (_, i) => localStorage.key(i) ?? '');
    return names
      .flatMap((name) => (name.startsWith(prefix) ? (get(name.slice(prefix.length)) ?? []) : []))
      .sort((a, b) => b.at - a.at);
  };
  return {
    all,
    get,
    /** Adds a request, and removes the oldest beyond a bound. @param {Request} request */
    add(request) {
      for (const { key } of all().slice(KEPT - 1)) localStorage.removeItem(prefix + key);
      put(request);
    },
    /** Changes some fields. @param {string} key @param {Partial<Request>} change */
    change(key, change) {
      const stored = get(key);
      if (stored !== null) put({ ...stored, ...change });
    },
  };
}

/** @param {Pick<Order, 'status'>} order */
export function hasEnded({ status }) {
  return status === 'completed' || status === 'failed' || status === 'refused';
}
