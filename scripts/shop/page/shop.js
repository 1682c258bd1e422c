/**
 * The shop's page: draws the campaign and the customers. `customer.js` does the work. All texts from outside are set as
 * `textContent`, never as HTML.
 *
 * @typedef {import('./requests.js').Request} Request
 * @typedef {import('./requests.js').Order} Order
 * @typedef {{ orders: string, coupons: string, customers: Array<{ id: string, name: string }>,
 *   product: { name: string, amount: number, currency: string } }} Config
 */
import { untilAnswered, wait } from './calls.js';
import { Customer } from './customer.js';
import { hasEnded } from './requests.js';
import { detailText, orderText, resultText } from './texts.js';

const CAMPAIGN = 'campaign';
const CAMPAIGN_EVERY_MS = 1_000;

/** @type {(id: string) => any} */
const byId = (id) => document.getElementById(id);
/** @param {Element} element @param {string} text */
const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};
/** Calls the shop's backend. @param {string} path @param {object} [body] @param {string} [key] */
async function shop(path, body, key = crypto.randomUUID()) {
  const response = await fetch(`/shop/${path}`, {
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
  });
  const retryAfterMs = 1000 * Number(response.headers.get('retry-after'));
  return { ok: response.ok, status: response.status, body: await response.json(), retryAfterMs };
}

/** @type {Config} */
const config = (await untilAnswered(() => shop('config'))).body;
setText(byId('own-origin'), location.origin);
setText(byId('coupons-origin'), config.coupons);
setText(byId('orders-origin'), config.orders);

/** The customers, each with its card. */
const cards = config.customers.map(({ id, name }) => {
  /** @type {DocumentFragment} */
  const copy = byId('customer-template').content.cloneNode(true);
  const card = /** @type {HTMLElement} */ (copy.firstElementChild);
  setText(part(card, '.name'), name);
  byId('customers').append(copy);
  const customer = new Customer({
    id,
    orders: config.orders,
    coupons: config.coupons,
    logIn: async () => (await untilAnswered(() => shop('log-in', { customerId: id }))).body.token,
    changed: () => draw(),
  });
  const button = /** @type {HTMLButtonElement} */ (part(card, '.request'));
  button.addEventListener('click', () => customer.request(campaignId() ?? ''));
  return { name, card, button, customer };
});

let isDrawing = false;
/** Draws everything, once for all changes of a turn. */
function draw() {
  if (isDrawing) return;
  isDrawing = true;
  queueMicrotask(() => {
    isDrawing = false;
    for (const { name, card, button, customer } of cards) {
      button.disabled = campaignId() === null;
      drawConnection(part(card, '.connection'), customer);
      drawRequests(card, name, customer);
    }
    byId('all').disabled = campaignId() === null;
  });
}

/** @param {HTMLElement} element @param {Customer} customer */
function drawConnection(element, { connection }) {
  const texts = {
    idle: 'nothing awaited',
    connecting: 'connecting…',
    live: 'live',
    waiting: 'reconnecting…',
  };
  element.dataset['is'] = connection;
  setText(element, texts[connection]);
}

/** Updates the items in place, so that a focused button keeps its focus. @param {HTMLElement} card @param {string} name @param {Customer} customer */
function drawRequests(card, name, customer) {
  const list = part(card, '.requests');
  const requests = customer.requests;
  for (const item of [...list.children]) {
    if (!requests.some(({ key }) => key === /** @type {HTMLElement} */ (item).dataset['key'])) item.remove();
  }
  requests.forEach((request, i) => {
    const existing = [...list.children].find(
      (item) => /** @type {HTMLElement} */ (item).dataset['key'] === request.key,
    );
    const item = /** @type {HTMLElement} */ (existing) ?? newItem(request.key, customer);
    if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
    const news = drawRequest(item, request);
    if (news) setText(part(card, '.news'), `${name}: ${news}`);
  });
}

/** @param {string} key @param {Customer} customer */
function newItem(key, customer) {
  const copy = byId('request-template').content.cloneNode(true);
  const item = /** @type {HTMLElement} */ (copy.firstElementChild);
  item.dataset['key'] = key;
  part(item, '.order').addEventListener('click', () => customer.order(key, byId('card').value));
  part(item, '.cancel').addEventListener('click', async () => problem(await customer.cancel(key)));
  return item;
}

/** Draws a request; returns its new result, if it has one. @param {HTMLElement} item @param {Request} request */
function drawRequest(item, request) {
  const { status, at, acceptedAt, decidedAt, order } = request;
  const result = part(item, '.result');
  const before = result.textContent;
  const { text, kind } = resultText(request);
  setText(result, text);
  result.dataset['is'] = kind;
  const times = [
    acceptedAt && `accepted after ${acceptedAt - at} ms`,
    decidedAt && `result after ${decidedAt - at} ms`,
  ];
  setText(part(item, '.when'), times.filter(Boolean).join(', '));
  setText(part(item, '.detail'), detailText(request));
  drawOrder(item, status, order);
  return text === before ? undefined : text;
}

/** @param {HTMLElement} item @param {string} status @param {Order | undefined} order */
function drawOrder(item, status, order) {
  const isOver = order === undefined || hasEnded(order);
  // An order that failed gave its coupon back.
  part(item, '.order').hidden = status !== 'issued' || !isOver || order?.status === 'completed';
  part(item, '.cancel').hidden = isOver || order.cancel === undefined || order.status === 'compensating';
  const text = part(item, '.order-text');
  text.hidden = order === undefined;
  if (order !== undefined) setText(text, orderText(order, config.product.name));
}

/** The id of the campaign; all tabs show the same. */
function campaignId() {
  return localStorage.getItem(CAMPAIGN);
}

byId('open').addEventListener('submit', async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const fields = new FormData(/** @type {HTMLFormElement} */ (event.target));
  const wanted = {
    name: String(fields.get('name')),
    total: Number(fields.get('total')),
    percent: Number(fields.get('percent')),
  };
  const key = crypto.randomUUID();
  const { ok, body } = await untilAnswered(() => shop('campaigns', wanted, key));
  problem(ok ? null : body.detail);
  if (!ok) return;
  localStorage.setItem(CAMPAIGN, body.id);
  drawCampaign(body);
  draw();
});

byId('all').addEventListener('click', () => {
  for (const { customer } of cards) void customer.request(campaignId() ?? '');
});

/** Reads the campaign once a second while the page is seen. */
async function followCampaign() {
  const [first] = cards;
  for (;;) {
    const id = campaignId();
    if (first !== undefined && id !== null && !document.hidden) {
      const { ok, status, body } = await untilAnswered(() => first.customer.campaign(id));
      // The local stack was made anew.
      if (status === 404 && campaignId() === id) localStorage.removeItem(CAMPAIGN);
      if (campaignId() === id) drawCampaign(ok ? body : null);
      draw();
    }
    await wait(CAMPAIGN_EVERY_MS);
  }
}

/** @param {{ name: string, status: string, total: number, left: number } | null} campaign */
function drawCampaign(campaign) {
  byId('campaign').hidden = campaign === null;
  byId('no-campaign').hidden = campaign !== null;
  if (campaign === null) return;
  const { name, status, total, left } = campaign;
  setText(byId('campaign-name'), name);
  setText(byId('campaign-status'), status.replace('-', ' '));
  byId('campaign-status').dataset['is'] = status === 'open' ? 'good' : 'bad';
  setText(byId('stock-text'), `${left} of ${total} coupons left`);
  byId('stock').max = total;
  byId('stock').value = left;
}

/** @param {string | null} text */
function problem(text) {
  byId('problem').hidden = text === null;
  setText(byId('problem'), text ?? '');
}

/** @param {ParentNode} element @param {string} selector */
function part(element, selector) {
  return /** @type {HTMLElement} */ (element.querySelector(selector));
}

addEventListener('storage', () => {
  for (const { customer } of cards) customer.follow();
  draw();
});
for (const { customer } of cards) customer.resume();
draw();
void followCampaign();
