import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createApi } from './api.ts';
import { Behaviours, behaviours as schema } from './behaviour.ts';
import { LedgerFile } from './ledger-file.ts';

const DAY_MS = 24 * 3_600_000;
const CREATE = 'amount=500&currency=eur&payment_method=pm_card_visa&metadata[order_id]=o1';

describe("the simulated gateway's idempotency keys and ledger file", () => {
  let folder: string;
  let path: string;
  let ledgerFile: LedgerFile;
  let nowMs = 1_790_000_000_000;
  const opened: LedgerFile[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-'));
    path = join(folder, 'ledger.jsonl');
    ledgerFile = await LedgerFile.open(path);
    opened.push(ledgerFile);
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close();
    await rm(folder, { recursive: true });
  });

  const api = (behaviour: object = {}, of = ledgerFile, wait: () => Promise<void> = async () => {}) => {
    const behaviours = new Behaviours(() => 0);
    behaviours.set(schema.parse(behaviour));
    const answer = createApi({ ledgerFile: of, behaviours, now: () => nowMs, wait });
    return async (requestPath: string, body: string, idempotencyKey?: string) => {
      const given = await answer({ method: 'POST', path: requestPath, body, idempotencyKey });
      if (given === null || given === 'cut')
        return { status: 0, replayed: false, body: {} as Record<string, never> };
      return { ...given, body: JSON.parse(given.body) };
    };
  };

  it('repeats the answer under a saved key, and acts once', async () => {
    const post = api();
    const first = await post('/v1/payment_intents', CREATE, 'k');
    const again = await post('/v1/payment_intents', CREATE, 'k');
    expect(again.body).to.deep.equal(first.body);
    expect([first.replayed, again.replayed]).to.deep.equal([false, true]);
    expect(ledgerFile.ledger.intents.size).to.equal(1);
  });

  it('shows the payment as it was then, not as it is now', async () => {
    const post = api();
    const { body } = await post('/v1/payment_intents', CREATE, 'k');
    await post(`/v1/payment_intents/${body.id}/confirm`, '', 'k2');
    expect((await post('/v1/payment_intents', CREATE, 'k')).body.status).to.equal('requires_confirmation');
  });

  it('refuses a saved key with other parameters', async () => {
    const post = api();
    await post('/v1/payment_intents', CREATE, 'k');
    const other = await post('/v1/payment_intents', CREATE.replace('500', '501'), 'k');
    expect([other.status, other.body.error.type]).to.deep.equal([400, 'idempotency_error']);
  });

  it('refuses a key that is in use', async () => {
    let go = () => {};
    const slow = api(
      { chargeFirstThenAnswerAfterMs: 5 },
      ledgerFile,
      () => new Promise((resolve) => (go = resolve)),
    );
    const waiting = new Promise<void>((resolve) => setImmediate(resolve));
    const first = slow('/v1/payment_intents', CREATE, 'k');
    await waiting;
    expect((await slow('/v1/payment_intents', CREATE, 'k')).status).to.equal(409);
    const finishing = setInterval(() => go(), 1);
    expect((await first).status).to.equal(200);
    clearInterval(finishing);
  });

  it('saves a 500, acted or not, and repeats it until the key expires', async () => {
    const failing = api({ errorAfterActingRate: 1, next: 1 });
    expect((await failing('/v1/payment_intents', CREATE, 'k')).status).to.equal(500);
    expect(await failing('/v1/payment_intents', CREATE, 'k')).to.include({ status: 500, replayed: true });
    expect(ledgerFile.ledger.intents.size).to.equal(1);
    nowMs += DAY_MS;
    expect((await failing('/v1/payment_intents', CREATE, 'k')).status).to.equal(200);
    expect(ledgerFile.ledger.intents.size).to.equal(2);
  });

  it('answers 429 beyond its rate, executes nothing and saves nothing', async () => {
    const post = api({ ratePerSecond: 1 });
    await post('/v1/payment_intents', CREATE, 'k');
    const refused = await post('/v1/payment_intents', CREATE, 'k2');
    expect([refused.status, refused.body.error.code]).to.deep.equal([429, 'rate_limit']);
    expect(ledgerFile.ledger.intents.size).to.equal(1);
    nowMs += 1_000;
    expect(await post('/v1/payment_intents', CREATE, 'k2')).to.include({ status: 200, replayed: false });
  });

  it('refuses a key of more than 255 characters', async () => {
    expect((await api()('/v1/payment_intents', CREATE, 'k'.repeat(256))).status).to.equal(400);
  });

  it('restores everything after a crash, and cuts off a torn line', async () => {
    const post = api();
    const { body } = await post('/v1/payment_intents', CREATE, 'k');
    await post(`/v1/payment_intents/${body.id}/confirm`, '', 'k2');
    const whole = await readFile(path, 'utf8');
    await writeFile(path, `${whole}{"t":"refund","id":"re_torn","int`);
    const again = await LedgerFile.open(path);
    opened.push(again);
    expect(again.ledger.intents.get(body.id)?.status).to.equal('succeeded');
    expect(again.ledger.refunds.size).to.equal(0);
    expect((await api({}, again)('/v1/payment_intents', CREATE, 'k')).body.id).to.equal(body.id);
    await api({}, again)('/v1/refunds', `payment_intent=${body.id}`, 'k3');
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).t).slice(-2)).to.deep.equal(['refund', 'saved']);
  });

  it('does not go on with a damaged ledger file', async () => {
    await writeFile(path, '{"t":"int\n{"t":"forgotten"}\n');
    const failure = await LedgerFile.open(path).then(
      () => 'opened',
      (error) => error.constructor.name,
    );
    expect(failure).to.equal('SyntaxError');
  });
});
