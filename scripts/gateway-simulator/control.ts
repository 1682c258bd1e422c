/** The control API under `/_sim/`: the gateway's behaviour, and the content of its ledger file. */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describeIssues } from '#protocol/codec.ts';
import { messageOf } from '#protocol/errors.ts';
import { type Behaviours, behaviours as behavioursSchema } from './behaviour.ts';
import { dashboard, isDashboardCall, settleRefunds } from './dashboard.ts';
import type { Effect } from './ledger.ts';
import type { LedgerFile } from './ledger-file.ts';
import { orderSums, summary } from './sums.ts';
import { type Webhooks, webhookSettings } from './webhooks.ts';

export interface ControlParts {
  readonly ledgerFile: LedgerFile;
  readonly behaviours: Behaviours;
  /** Empties the ledgerFile; undefined: not allowed. */
  readonly reset?: (() => Promise<void>) | undefined;
  readonly now: () => number;
  /** Called with the effects of the dashboard and of banks. */
  readonly onEffects: (effects: readonly Effect[]) => void;
  readonly webhooks: Pick<Webhooks, 'settings'>;
}

/** Answers one request to `/_sim/…`. */
export async function control(
  { ledgerFile, behaviours, reset, now, onEffects, webhooks }: ControlParts,
  request: { method: string; path: string; body: string },
  response: ServerResponse,
): Promise<void> {
  const [pathname, query] = request.path.split('?', 2);
  const call = `${request.method} ${pathname}`;
  if (call === 'GET /_sim/behaviour') return json(response, 200, behaviours.get());
  if (call === 'PUT /_sim/behaviour') {
    const wanted = behavioursSchema.safeParse(parseJson(request.body));
    if (!wanted.success) return json(response, 400, { error: { message: describeIssues(wanted.error) } });
    behaviours.set(wanted.data);
    return json(response, 200, behaviours.get());
  }
  if (call === 'PUT /_sim/webhooks') {
    const wanted = webhookSettings.safeParse(parseJson(request.body));
    if (!wanted.success) return json(response, 400, { error: { message: describeIssues(wanted.error) } });
    webhooks.settings = wanted.data;
    return json(response, 200, { ...wanted.data, secret: undefined });
  }
  const action = pathname?.slice('/_sim/'.length) ?? '';
  if (request.method === 'POST' && (isDashboardCall(action) || action === 'settle')) {
    try {
      const effects =
        action === 'settle'
          ? settleRefunds(ledgerFile, now(), 0)
          : dashboard(ledgerFile, action, parseJson(request.body), now());
      await ledgerFile.durable();
      onEffects(effects);
      return json(response, 200, effects);
    } catch (error) {
      return json(response, 400, { error: { message: messageOf(error) } });
    }
  }
  if (call === 'POST /_sim/forget-keys') {
    ledgerFile.add([{ t: 'forgotten' }]);
    await ledgerFile.durable();
    return json(response, 200, { forgotten: true });
  }
  if (call === 'GET /_sim/ledger/summary') {
    await ledgerFile.durable();
    return json(response, 200, summary(ledgerFile.ledger));
  }
  if (call === 'GET /_sim/ledger') {
    const named = new URLSearchParams(query).get('orderIds');
    await ledgerFile.durable();
    return streamSums(ledgerFile, named === null ? undefined : new Set(named.split(',')), response);
  }
  if (call === 'POST /_sim/reset') {
    if (reset === undefined) {
      return json(response, 403, {
        error: { message: 'start the simulator with GATEWAY_ALLOW_RESET=1 to allow this' },
      });
    }
    await reset();
    return json(response, 200, summary(ledgerFile.ledger));
  }
  return json(response, 404, { error: { message: `no such control: ${call}` } });
}

/** One JSON object a line, one line an order. Lines are handed over in pieces, and waits where the reader is slow. */
async function streamSums(
  ledgerFile: LedgerFile,
  only: Set<string> | undefined,
  response: ServerResponse,
): Promise<void> {
  const LINES_A_PIECE = 500;
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  let piece: string[] = [];
  const send = async () => {
    if (piece.length > 0 && !response.write(`${piece.join('\n')}\n`)) {
      await Promise.race([once(response, 'drain'), once(response, 'close')]);
    }
    piece = [];
  };
  for (const sum of orderSums(ledgerFile.ledger, only)) {
    piece.push(JSON.stringify(sum));
    if (piece.length < LINES_A_PIECE) continue;
    await send();
    if (response.destroyed) return;
  }
  await send();
  response.end();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
