/**
 * A customer in a shop's page: requests coupons, receives the results over a WebSocket, and follows the orders. It draws
 * nothing; copy it.
 *
 * A result is never missed: each request has an entry in `localStorage` before it is sent, with the Idempotency-Key under
 * which a repeat is the same request. After a reload, a lost connection or a crash of the server, the page sends what was
 * not answered again, and names what was not decided on a new WebSocket. Results that came in between arrive at once.
 *
 * @typedef {import('./requests.js').Request} Request
 * @typedef {import('./requests.js').Status} Status
 * @typedef {import('./requests.js').Order} Order
 * @typedef {'idle' | 'connecting' | 'live' | 'waiting'} Connection `idle`: nothing is awaited; `waiting`: for the next try
 */
import { backOffMs, callsWith, untilAnswered, wait } from './calls.js';
import { hasEnded, storedRequests } from './requests.js';

/** A dead connection may stay open: while results are awaited, the server must answer a message once in so long. */
const CHECK_EVERY_MS = 5_000;
const FOLLOW_EVERY_MS = 700;
const NOT_LIVE = { wasLive: false, retryAfterMs: 0 };

export class Customer {
  /** @type {Connection} */
  connection = 'idle';
  #options;
  #stored;
  #call;
  /** @type {WebSocket | null} */
  #socket = null;
  /** The requests named on it. @type {Set<string>} */
  #named = new Set();
  #isReceiving = false;
  /** What this tab is doing; a second call does nothing. @type {Set<string>} */
  #underWay = new Set();

  /**
   * @param {{ id: string, orders: string, coupons: string, logIn: () => Promise<string>, changed: () => void }} options
   *   the customer's id, the URLs of the two APIs, how to get a token, and what to call after each change
   */
  constructor(options) {
    this.#options = options;
    this.#stored = storedRequests(`coupon-request/${options.id}/`, options.changed);
    this.#call = callsWith(options.logIn);
  }

  /** The customer's requests, newest first, as this and other tabs stored them. @returns {Request[]} */
  get requests() {
    return this.#stored.all();
  }

  /** Continues what an earlier page left undone. Call it once, when the page has loaded. */
  resume() {
    for (const { key, status } of this.requests) if (status === 'sending') void this.#send(key);
    this.follow();
  }

  /** Continues what another tab began. Call it on each `storage` event. */
  follow() {
    void this.#receive();
    for (const { key, order } of this.requests)
      if (order !== undefined && !hasEnded(order)) void this.#order(key);
  }

  /** Reads a campaign, with its stock. @param {string} campaignId */
  campaign(campaignId) {
    return this.#call(this.#options.coupons, `/v1/campaigns/${campaignId}`);
  }

  /** Requests a coupon of a campaign. @param {string} campaignId */
  async request(campaignId) {
    const key = crypto.randomUUID();
    this.#stored.add({ key, campaignId, status: 'sending', at: Date.now() });
    await this.#send(key);
  }

  /** Orders with the coupon of an issued request. @param {string} key @param {string} card */
  async order(key, card) {
    this.#stored.change(key, { order: { key: crypto.randomUUID(), card, status: 'sending' } });
    await this.#order(key);
  }

  /** Cancels an order; resolves to the text of the refusal, or to null. @param {string} key */
  async cancel(key) {
    const { orders } = this.#options;
    const path = this.#stored.get(key)?.order?.cancel ?? '';
    const { ok, body } = await untilAnswered(() => this.#call(orders, path, { body: {} }));
    return ok ? null : body.detail;
  }

  /** Sends a request until it is answered, always under its own key. @param {string} key */
  #send(key) {
    return this.#once(`send ${key}`, async () => {
      const { id, coupons } = this.#options;
      const path = `/v1/campaigns/${this.#stored.get(key)?.campaignId}/requests`;
      const { ok, body } = await untilAnswered(() =>
        this.#call(coupons, path, { body: { userId: id }, key }),
      );
      if (!ok) return this.#stored.change(key, { status: 'refused', reason: body.detail });
      const { requestId, links } = body;
      this.#stored.change(key, { status: 'pending', requestId, address: links.self, acceptedAt: Date.now() });
      void this.#receive();
    });
  }

  /** Keeps a WebSocket open for as long as results are awaited, and names on it what is awaited. */
  async #receive() {
    if (this.#isReceiving) return this.#name();
    this.#isReceiving = true;
    try {
      for (let attempt = 0; this.#pending().length > 0; attempt++) {
        this.#show('connecting');
        const { wasLive, retryAfterMs } = await this.#connect().catch(() => NOT_LIVE);
        if (this.#pending().length === 0) break;
        if (wasLive) attempt = 0;
        this.#show('waiting');
        await this.#readAddresses();
        if (this.#pending().length === 0) break;
        await wait(Math.max(retryAfterMs, backOffMs(attempt)));
      }
    } finally {
      // In one turn with the last check of what is pending: a request in between must find this false.
      this.#isReceiving = false;
      this.#show('idle');
    }
  }

  /** Opens one WebSocket with a ticket of its own, and resolves when it is closed. */
  async #connect() {
    const { coupons } = this.#options;
    const ticket = await this.#call(coupons, '/v1/coupon-results/tickets', { method: 'POST' });
    if (!ticket.ok) return { wasLive: false, retryAfterMs: ticket.retryAfterMs };
    const { protocols, links } = ticket.body;
    const socket = new WebSocket(coupons.replace(/^http/, 'ws') + links.results, protocols);
    this.#socket = socket;
    this.#named = new Set();
    let wasLive = false;
    let isAnswered = false;
    let check;
    await new Promise((resolve) => {
      socket.onopen = () => this.#name();
      socket.onmessage = ({ data }) => {
        wasLive = isAnswered = true;
        this.#show('live');
        this.#take(JSON.parse(data));
        if (this.#pending().length === 0) socket.close(1000);
      };
      socket.onclose = resolve;
      check = setInterval(() => {
        // Closing a dead connection takes minutes, so nobody waits for it.
        if (!isAnswered) return resolve(null);
        isAnswered = false;
        socket.send(JSON.stringify({ requests: [] }));
      }, CHECK_EVERY_MS);
    });
    clearInterval(check);
    socket.onopen = socket.onmessage = null;
    socket.close();
    this.#socket = null;
    return { wasLive, retryAfterMs: 0 };
  }

  /** Names new requests on the WebSocket: it delivers the result of each, also if it was decided before. */
  #name() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    const requests = this.#pending().filter((id) => !this.#named.has(id));
    if (requests.length > 0) this.#socket.send(JSON.stringify({ requests }));
    for (const id of requests) this.#named.add(id);
  }

  /** @param {{ results?: any[], listening?: { unknown: string[] } }} message */
  #take({ results = [], listening }) {
    for (const result of results) this.#decide(result);
    const unknown = listening?.unknown ?? [];
    for (const requestId of unknown) this.#decide({ requestId, status: 'failed', reason: 'unknown' });
  }

  /** While no WebSocket can be opened, a request's address has its result as well. */
  async #readAddresses() {
    for (const { status, address = '', requestId } of this.requests) {
      if (status !== 'pending') continue;
      const answer = await this.#call(this.#options.coupons, address).catch(() => null);
      if (answer === null) return;
      if (answer.ok) this.#decide(answer.body);
      if (answer.status === 404) this.#decide({ requestId, status: 'failed', reason: 'unknown' });
    }
  }

  /** @param {{ requestId?: string | undefined, status: Status, couponId?: string, reason?: string }} result */
  #decide({ requestId, status, couponId, reason }) {
    const found = this.requests.find((one) => one.requestId === requestId);
    if (found?.status !== 'pending' || status === 'pending') return;
    this.#stored.change(found.key, {
      status,
      decidedAt: Date.now(),
      ...(couponId !== undefined && { couponId }),
      ...(reason !== undefined && { reason }),
    });
  }

  /** Places a request's order, unless it is placed, and follows it to its end. @param {string} key */
  #order(key) {
    return this.#once(`order ${key}`, async () => {
      /** @param {Partial<Order>} change */
      const change = (change) => {
        const order = this.#stored.get(key)?.order;
        if (order !== undefined) this.#stored.change(key, { order: { ...order, ...change } });
      };
      const { couponId, order } = this.#stored.get(key) ?? {};
      let path = order?.address;
      if (path === undefined) {
        // To the shop's backend: only it knows the price, and may place orders.
        const wanted = { body: { couponId, card: order?.card }, ...(order && { key: order.key }) };
        const { ok, body } = await untilAnswered(() => this.#call('', '/shop/orders', wanted));
        if (!ok) return change({ status: 'refused', reason: body.detail });
        path = String(body.links.self);
        change({ status: 'running', address: path, cancel: body.links.cancel });
      }
      for (;;) {
        const { ok, body } = await untilAnswered(() => this.#call(this.#options.orders, path));
        if (!ok) return change({ status: 'refused', reason: body.detail });
        const { status, state, reasonText, reason = '', charged, discount, currency } = body;
        change({ status, state, reason: reasonText ?? reason, charged, discount, currency });
        if (hasEnded({ status })) return;
        await wait(FOLLOW_EVERY_MS);
      }
    });
  }

  /** @param {string} name @param {() => Promise<void>} work */
  async #once(name, work) {
    if (this.#underWay.has(name)) return;
    this.#underWay.add(name);
    try {
      await work();
    } finally {
      this.#underWay.delete(name);
    }
  }

  /** @returns {string[]} */
  #pending() {
    return this.requests.flatMap(({ status, requestId = '' }) => (status === 'pending' ? [requestId] : []));
  }

  /** @param {Connection} connection */
  #show(connection) {
    if (this.connection === connection) return;
    this.connection = connection;
    this.#options.changed();
  }
}
