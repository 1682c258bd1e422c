/**
 * The shop's backend. It holds the role `service`, which no page may have: it knows who is logged in and what things cost.
 * Its log-in has no password, for it serves a few demo customers on one machine.
 */
import express, { type Express, type Request, type Response } from 'express';
import * as z from 'zod';
import { answer } from '#platform/http/answer.ts';
import { Problem, tryAgain } from '#platform/http/problem.ts';
import { bearerOf } from '#platform/http/resource.ts';
import { valid } from '#platform/http/validate.ts';
import { customerHolder, roleHolder, tokenUnder } from '../run/stack/token.ts';
import type { ShopParts } from './parts.ts';

const CUSTOMERS = [
  { id: 'ada', name: 'Ada' },
  { id: 'grace', name: 'Grace' },
  { id: 'alan', name: 'Alan' },
  { id: 'edsger', name: 'Edsger' },
];
/** The price is the shop's: an order from the page names a coupon and a card, never an amount. */
const PRODUCT = { sku: 'coffee-beans', name: 'Coffee beans, 1 kg', amount: 1290, currency: 'EUR' };
/** The gateway's test cards. */
const CARDS = { pays: 'pm_card_visa', declined: 'pm_card_chargeDeclined' };
const ADDRESS = { line1: 'Main Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' };
const ANSWER_WITHIN_MS = 10_000;
const RETRY_SOON_S = 1;

const login = z.strictObject({ customerId: z.enum(CUSTOMERS.map(({ id }) => id)) });
const campaign = z.strictObject({
  name: z.string().trim().min(1).max(100),
  total: z.number().int().min(1).max(1_000),
  percent: z.number().int().min(1).max(100),
});
const order = z.strictObject({
  couponId: z.uuid(),
  card: z.enum(Object.keys(CARDS) as Array<keyof typeof CARDS>),
});

/** Adds the backend's routes, which only the shop's page calls. */
export function backendRoutes(app: Express, { orders, coupons, secret, tokens }: ShopParts): void {
  const readJson = express.json({ limit: '4kb' });

  app.get('/shop/config', (_request, response) => {
    answer(response, 200, { orders, coupons, customers: CUSTOMERS, product: PRODUCT });
  });

  app.post('/shop/log-in', readJson, async (request, response) => {
    const { customerId } = valid(login, request.body);
    answer(response, 200, { token: await tokenUnder(secret, customerHolder(customerId)) });
  });

  app.post('/shop/campaigns', readJson, async (request, response) => {
    const { name, total, percent } = valid(campaign, request.body);
    await forward(request, response, `${coupons}/v1/campaigns`, {
      name,
      total,
      discount: { kind: 'percent', value: percent },
    });
  });

  app.post('/shop/orders', readJson, async (request, response) => {
    const { subject } = await bearerOf(tokens, request.headers.authorization, ['customer']);
    const { couponId, card } = valid(order, request.body);
    const { sku, amount, currency } = PRODUCT;
    await forward(request, response, `${orders}/v1/orders`, {
      customerId: subject,
      items: [{ sku, quantity: 1 }],
      currency,
      amount,
      payment: { method: CARDS[card] },
      shippingAddress: { name: nameOf(subject), ...ADDRESS },
      couponId,
    });
  });

  /** Sends a request to an API as a service, under the page's Idempotency-Key, and passes its answer on. */
  async function forward(request: Request, response: Response, url: string, body: object): Promise<void> {
    const key = request.get('idempotency-key');
    const traceparent = request.get('traceparent');
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenUnder(secret, roleHolder('service'))}`,
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(traceparent !== undefined && { traceparent }),
    };
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    let answered: { status: number; retryAfter: string | null; type: string; text: string };
    try {
      const from = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
      const type = from.headers.get('content-type') ?? 'application/json';
      const retryAfter = from.headers.get('retry-after');
      answered = { status: from.status, retryAfter, type, text: await from.text() };
    } catch {
      throw tryAgain('unavailable', `${new URL(url).host} does not answer`, RETRY_SOON_S);
    }
    if (answered.retryAfter !== null) response.setHeader('retry-after', answered.retryAfter);
    response.status(answered.status).type(answered.type).send(answered.text);
  }
}

function nameOf(customerId: string): string {
  const found = CUSTOMERS.find(({ id }) => id === customerId);
  if (found === undefined) throw new Problem('forbidden', 'You are no customer of this shop');
  return found.name;
}
