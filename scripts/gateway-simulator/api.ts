/** The part of Stripe's API the simulator speaks, with its idempotency keys. */
import { createHash } from 'node:crypto';
import type { Operation } from './act.ts';
import type { AnyOperation, Behaviours, Fate } from './behaviour.ts';
import { Form } from './form.ts';
import { type Answer, invalid } from './invalid.ts';
import type { Effect, Ledger } from './ledger.ts';
import type { LedgerFile } from './ledger-file.ts';
import { LISTS, type ListName, listPage } from './lists.ts';
import { act, noSuchIntent, settled } from './operations.ts';
import type { RateWindow } from './rate-window.ts';
import { chargeShape, intentShape, type Rendered, render } from './stripe-shapes.ts';
import { orderOf } from './sums.ts';

/** One request to `/v1/…`. */
export interface ApiRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
  readonly idempotencyKey: string | undefined;
}

/** The response; null: none, the connection hangs; 'cut': the connection is cut. */
export type ApiAnswer =
  | (Rendered & { readonly replayed: boolean; readonly retryAfterS?: number })
  | null
  | 'cut';

export interface ApiParts {
  readonly ledgerFile: LedgerFile;
  readonly behaviours: Behaviours;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** The account's limit; none without it. */
  readonly rate?: RateWindow;
  /** Called with the effects of each call. */
  readonly onEffects?: (effects: readonly Effect[]) => void;
}

const SERVER_ERROR: Answer = {
  status: 500,
  error: { type: 'api_error', message: 'An unknown error occurred (simulated).' },
};

const TOO_FAST: Answer = {
  status: 429,
  error: {
    type: 'invalid_request_error',
    code: 'rate_limit',
    message: 'Request rate limit exceeded (simulated).',
  },
};

/** "Idempotency keys are up to 255 characters long." */
const MAX_KEY_LENGTH = 255;

interface Route {
  readonly operation: AnyOperation;
  readonly id: string;
  readonly query: Form;
  /** Of a list: its objects. */
  readonly list?: ListName;
}

/** The call a path names, or undefined. */
export function routeOf(method: string, path: string): Route | undefined {
  const [pathname = '', query = ''] = path.split('?', 2);
  const [, version, object, id, verb, ...rest] = pathname.split('/');
  const route = (operation: AnyOperation): Route => ({ operation, id: id ?? '', query: new Form(query) });
  if (version !== 'v1' || rest.length > 0) return undefined;
  const list = id === undefined && method === 'GET' ? LISTS.find((name) => name === object) : undefined;
  if (list !== undefined) return { ...route('list'), list };
  if (object === 'refunds' && id === undefined && method === 'POST') return route('refund');
  if (object === 'customers' && id === undefined && method === 'POST') return route('customer');
  if (object === 'payment_methods' && method === 'POST') {
    if (id === undefined) return route('method');
    return verb === 'attach' || verb === 'detach' ? route(verb) : undefined;
  }
  if (object !== 'payment_intents') return undefined;
  if (id === undefined) return method === 'POST' ? route('create') : undefined;
  if (verb === undefined) return method === 'GET' ? route('retrieve') : undefined;
  if (method === 'POST' && (verb === 'confirm' || verb === 'cancel')) return route(verb);
  return undefined;
}

/** Answers requests one by one; keeps which keys are in use. */
export function createApi({ ledgerFile, behaviours, now, wait, rate, onEffects }: ApiParts) {
  const { ledger } = ledgerFile;
  const inUse = new Set<string>();
  const shown = async (answer: Answer, replayed = false): Promise<ApiAnswer> => {
    await ledgerFile.durable();
    return { ...render(ledger, answer), replayed };
  };

  async function read(route: Route, fate: Fate): Promise<ApiAnswer> {
    await wait(fate.waitMs + fate.answerAfterMs);
    if (fate.fail === 'hang-after') return null;
    if (fate.fail !== 'no') return shown(SERVER_ERROR);
    if (route.list !== undefined) {
      await ledgerFile.durable();
      return { status: 200, body: listPage(ledger, route.list, route.query), replayed: false };
    }
    const intent = ledger.intents.get(route.id);
    ledgerFile.add(settled(intent, now()));
    if (intent === undefined) return shown(noSuchIntent(route.id, 'intent'));
    if (route.query.get('expand[0]') === 'latest_charge' && intent.status === 'succeeded') {
      await ledgerFile.durable();
      const body = JSON.stringify({ ...intentShape(intent), latest_charge: chargeShape(ledger, intent) });
      return { status: 200, body, replayed: false };
    }
    return shown({ intent: route.id, as: intent.status });
  }

  async function write(
    route: Route,
    form: Form,
    fate: Fate,
    save: (answer: Answer) => void,
  ): Promise<ApiAnswer> {
    await wait(fate.waitMs);
    let answer: Answer = SERVER_ERROR;
    if (fate.fail !== 'before') {
      const operation = route.operation as Operation;
      ledgerFile.add(settled(ledger.intents.get(route.id || (form.get('payment_intent') ?? '')), now()));
      const { decline, refundStatus, processForMs = 0 } = fate;
      const call = { operation, id: route.id, form, nowMs: now(), decline, refundStatus, processForMs };
      const done = act(ledger, call);
      ledgerFile.add(done.effects);
      onEffects?.(done.effects);
      if (fate.fail !== 'after') answer = done.answer;
    }
    save(answer);
    const rendered = await shown(answer);
    await wait(fate.answerAfterMs);
    return fate.fail === 'hang-after' ? null : rendered;
  }

  return async function answer(request: ApiRequest): Promise<ApiAnswer> {
    const route = routeOf(request.method, request.path);
    if (route === undefined) {
      return shown(
        invalid(`Unrecognized request URL (${request.method}: ${request.path.split('?')[0]}).`, {}, 404),
      );
    }
    const form = new Form(request.body);
    if (rate?.admits(now()) === false) return { ...render(ledger, TOO_FAST), replayed: false };
    const fate = behaviours.fateOf(route.operation, orderIdOf(ledger, route, form), now());
    if (fate.limited !== undefined) {
      // Before the endpoint: nothing is executed, and nothing saved under the key.
      const { retryAfterS } = fate.limited;
      return {
        ...render(ledger, TOO_FAST),
        replayed: false,
        ...(retryAfterS !== undefined && { retryAfterS }),
      };
    }
    if (fate.outage === 'refuse') return 'cut';
    if (fate.outage === 'hang') return null;
    if (route.operation === 'retrieve' || route.operation === 'list') return read(route, fate);
    const key = request.idempotencyKey;
    if (key !== undefined && key.length > MAX_KEY_LENGTH) return shown(keyTooLong());
    if (key === undefined) return write(route, form, fate, () => {});
    const hash = createHash('sha256')
      .update(`${request.path}\n${request.body}`)
      .digest('base64')
      .slice(0, 22);
    const saved = ledger.saved(key, now());
    if (saved !== undefined)
      return saved.hash === hash ? shown(saved.answer, true) : shown(otherParameters(key));
    if (inUse.has(key)) return shown(keyInUse(key));
    inUse.add(key);
    try {
      return await write(route, form, fate, (done) => {
        ledgerFile.add([{ t: 'saved', key, hash, at: now(), answer: done }]);
      });
    } finally {
      inUse.delete(key);
    }
  };
}

/** The order of the payment a call speaks of, for behaviours that name orders. */
function orderIdOf(ledger: Ledger, route: Route, form: Form): string | undefined {
  if (route.operation === 'create') return form.get('metadata[order_id]');
  const id = route.id || form.get('payment_intent') || route.query.get('payment_intent');
  const intent = id === undefined ? undefined : ledger.intents.get(id);
  return intent && orderOf(intent);
}

function otherParameters(key: string): Answer {
  const message =
    'Keys for idempotent requests can only be used with the same parameters they were first used with. ' +
    `Try using a key other than '${key}' if you meant to execute a different request.`;
  return { status: 400, error: { type: 'idempotency_error', message } };
}

function keyTooLong(): Answer {
  return invalid(`Idempotency keys are at most ${MAX_KEY_LENGTH} characters long.`);
}

function keyInUse(key: string): Answer {
  const message = `There is currently another in-progress request using this Idempotent Key: ${key}.`;
  return { status: 409, error: { type: 'idempotency_error', code: 'idempotency_key_in_use', message } };
}
