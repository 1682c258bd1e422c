/**
 * The operator's night: sagas stuck behind a gateway outage are found by their failure, planned, retried as a batch that stops while the
 * gateway is down, and brought to their ends by it afterwards, though the API is killed in the middle. STUCK_SAGAS sets how many.
 */
import { expect } from 'chai';
import { controlOf, type TestSimulator } from '#participants/payment/testing/simulator.ts';
import { type Database, openDatabase } from '#platform/postgres/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { verifyLedger } from '../ledger/verify.ts';
import { openShop, type Shop, WITH_GATEWAY } from './shop.ts';

const KEY = 'sk_test_local';
const SAGAS = Number(process.env.STUCK_SAGAS ?? 40);
const STEP_TIMEOUT_MS = 5_000;
const PER_SECOND = 20;
/** What the gateway does while it is down, and orders that are stuck behind it. */
const OUTAGES = [
  {
    // Shipping refuses the country, and the refund needs the gateway. Payment tries again by itself.
    what: 'cuts every connection',
    behaviour: { outage: 'refuse', on: ['create', 'confirm', 'retrieve', 'cancel', 'refund', 'list'] },
    wanted: { sku: 'SKU-0002', customerId: 'cut', country: 'AQ' },
    code: 'refund-unanswered',
    goesOnByItself: true,
  },
  {
    // Shipping refuses the country, and the bank then fails the refund: no participant tries that again.
    what: 'fails every refund',
    behaviour: { refundStatus: 'failed', on: ['refund'] },
    wanted: { sku: 'SKU-0003', customerId: 'refused', country: 'AQ' },
    code: 'undo-refused',
    goesOnByItself: false,
  },
] as const;
const LONG = { withinMs: 200_000, everyMs: 250 };

const isActedOn = ({ actionId }: { readonly actionId?: string }) => actionId !== undefined;

/** Outcomes of sagas that have gone on before their turn. */
const UNSENT = ['ended-before', 'plan-changed'];

interface Group {
  readonly fingerprint: string;
  readonly code: string;
  readonly sagas: number;
}
interface Planned {
  readonly sagaId: string;
  readonly sends: ReadonlyArray<{ readonly id: string }>;
}
interface Plan {
  readonly sagas: number;
  readonly messages: number;
  readonly totals: ReadonlyArray<{ readonly text: string }>;
  readonly planHash: string;
  readonly sagaIds: string[];
  readonly listed: Planned[];
  readonly nextFrom: number | null;
}
interface Batch {
  readonly batchId: string;
  readonly state: string;
  readonly stopped: { readonly text: string; readonly fingerprint: string } | null;
  readonly progress: {
    readonly waiting: number;
    readonly watched: number;
    readonly outcomes: Readonly<Record<string, number>>;
  };
}
interface Item {
  readonly number: number;
  readonly target: string;
  readonly outcome: string | null;
  readonly actionId?: string;
}

describe('sagas stuck behind a gateway', function () {
  this.timeout(600_000);
  let shop: Shop;
  let db: Database;
  let gateway: Omit<TestSimulator, 'close'>;
  before(async () => {
    shop = await openShop('stuck', {
      gateway: 'simulator',
      only: WITH_GATEWAY,
      environment: { STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) },
    });
    db = openDatabase(shop.databaseUrl, { pool: 2, processName: 'e2e' });
    gateway = controlOf(shop.system.urls['gateway'] ?? '', KEY);
  });
  after(async () => {
    await db?.close();
    await shop?.stop();
  });

  const request = async <Body>(
    path: string,
    body: object,
    headers: Record<string, string> = {},
  ): Promise<Body> => {
    const answer = await shop.post(path, { reason: 'the gateway was down', ...body }, headers);
    const text = await answer.text();
    expect(answer.ok, `${path}: ${answer.status} ${text}`).to.equal(true);
    return JSON.parse(text) as Body;
  };
  const batchOf = (id: string) => shop.get<Batch>(`/v1/batches/${id}`);
  const itemsOf = async (id: string) => (await shop.get<{ items: Item[] }>(`/v1/batches/${id}/export`)).items;
  const describeSagas = async (customerId: string) =>
    JSON.stringify(
      await db.query(
        `SELECT status, state, stuck ->> 'code' AS stuck, last_failure ->> 'code' AS failure, count(*)::int AS sagas
           FROM orchestrator.sagas WHERE customer_id = $1 GROUP BY 1, 2, 3, 4`,
        customerId,
      ),
    );
  const inState = async (customerId: string, state: string) => {
    const [found] = await db.query<{ sagas: number }>(
      'SELECT count(*)::int AS sagas FROM orchestrator.sagas WHERE customer_id = $1 AND state = $2',
      ...[customerId, state],
    );
    return found?.sagas ?? 0;
  };
  const ended = (id: string) =>
    waitUntil(
      // The API may be down at this moment.
      async () => batchOf(id).catch(() => null),
      (seen) => seen?.state === 'done' || seen?.state === 'stopped',
      { ...LONG, what: 'the batch’s end' },
    );

  for (const { what, behaviour, wanted, code, goesOnByItself } of OUTAGES)
    describe(`that ${what}`, () => {
      const { customerId } = wanted;
      const ids: string[] = [];
      const planned = new Map<string, string[]>();
      let plan: Plan;
      let fingerprint: string | undefined;
      let batchId: string;
      const batch = () => batchOf(batchId);
      const items = () => itemsOf(batchId);
      /** Why it stopped, what became of the sagas acted on, and where all of them are. */
      const describeBatch = async (seen: Batch | null) => {
        const { state, stopped, progress } = seen ?? (await batch());
        const acted = (await items()).filter(isActedOn);
        return `${JSON.stringify({ state, stopped, progress, acted })}; ${await describeSagas(customerId)}`;
      };

      it('are found by their failure, in one call', async () => {
        // All have paid before the outage, however many they are: a charge that was never made needs no gateway for its undo.
        await shop.system.end('shipping');
        for (let placed = 0; placed < SAGAS; placed += 20)
          ids.push(...(await shop.placeMany(Math.min(20, SAGAS - placed), () => wanted)));
        await waitUntil(
          () => inState(customerId, 'preparingShipping'),
          (paid) => paid === SAGAS,
          { ...LONG, what: 'the charge of every order' },
        ).catch(async (error: Error) => {
          throw new Error(`${error.message}; ${await describeSagas(customerId)}`);
        });
        await gateway.behave(behaviour);
        await shop.system.restart('shipping');
        const [group] = await waitUntil(
          async () =>
            (await shop.get<{ errors: Group[] }>(`/v1/sagas/counts?stuck=true&customerId=${customerId}`))
              .errors,
          (groups) => groups[0]?.sagas === SAGAS,
          { ...LONG, what: 'one group of all sagas' },
        ).catch(async (error: Error) => {
          throw new Error(`${error.message}; ${await describeSagas(customerId)}`);
        });
        console.log(`    seen: ${JSON.stringify(group)}; ${await describeSagas(customerId)}`);
        expect(group?.code).to.equal(code);
        fingerprint = group?.fingerprint;
        const filter = { stuck: true, customerId, fingerprint };
        plan = await request<Plan>('/v1/batches', { action: 'retry', filter, dryRun: true });
        expect(plan.sagaIds.toSorted()).to.deep.equal(ids.toSorted());
        for (let from: number | null = 1; from !== null; ) {
          const page: Plan = await request<Plan>('/v1/batches', {
            action: 'retry',
            sagaIds: plan.sagaIds,
            from,
            dryRun: true,
          });
          expect(page.planHash).to.equal(plan.planHash);
          for (const { sagaId, sends } of page.listed)
            planned.set(
              sagaId,
              sends.map(({ id }) => id),
            );
          from = page.nextFrom;
        }
        expect(planned.size).to.equal(SAGAS);
        console.log(
          `    planned: ${plan.messages} messages, ${plan.totals.map(({ text }) => text).join(', ')}`,
        );
      });

      it('are left after the first one, while the gateway is down still, and the batch says why', async () => {
        const apply = {
          action: 'retry',
          sagaIds: plan.sagaIds,
          planHash: plan.planHash,
          perSecond: PER_SECOND,
        };
        const made = await Promise.all(
          [1, 2].map(() => request<Batch>('/v1/batches', apply, { 'idempotency-key': customerId })),
        );
        batchId = made[0]?.batchId ?? '';
        expect(made[1]?.batchId, 'the request sent twice').to.equal(batchId);
        const stopped = await waitUntil(batch, ({ state }) => state === 'stopped', {
          ...LONG,
          what: 'the batch’s stop',
        });
        console.log(`    stopped: ${stopped.stopped?.text}`);
        expect(stopped.stopped?.fingerprint, 'the same failure again').to.equal(fingerprint);
        expect(stopped.progress).to.deep.equal({
          waiting: SAGAS - 1,
          watched: 0,
          outcomes: { 'failed-again': 1 },
        });
      });

      it('come to their ends once it is back, though the API is killed meanwhile; each outcome is listed', async () => {
        await gateway.behave({});
        await request(`/v1/batches/${batchId}/actions`, { action: 'resume', reason: 'the gateway is back' });
        const resumed = await waitUntil(
          async () => ({ ...(await batch()), acted: (await items()).filter(isActedOn).length }),
          ({ state, acted }) => state !== 'running' || acted >= 4,
          { ...LONG, what: 'a wave of two after the resumption' },
        );
        if (resumed.acted < 4) throw new Error(`the batch ended early: ${await describeBatch(resumed)}`);
        shop.system.kill('api', 'SIGKILL');
        const done = await ended(batchId);
        console.log(
          `    outcomes: ${JSON.stringify(done?.progress.outcomes)}; ${await describeSagas(customerId)}`,
        );
        if (done?.state !== 'done') throw new Error(`the batch has ended so: ${await describeBatch(done)}`);
        const all = await items();
        expect(all.map(({ target }) => target).toSorted()).to.deep.equal(ids.toSorted());
        const outcomes = done?.progress.outcomes ?? {};
        if (goesOnByItself) {
          // A saga that has gone on before its turn is sent nothing.
          const { 'failed-again': again = 0, ...others } = outcomes;
          expect(again).to.equal(1);
          expect(['compensated', ...UNSENT]).to.include.members(Object.keys(others));
        } else {
          expect(outcomes).to.deep.equal({ 'failed-again': 1, compensated: SAGAS - 1 });
          // The first one failed again, and its turn is over: it takes another act.
          const again = all.filter(({ outcome }) => outcome === 'failed-again').map(({ target }) => target);
          const { batchId: second } = await request<Batch>('/v1/batches', {
            action: 'retry',
            sagaIds: again,
          });
          expect((await ended(second))?.progress.outcomes).to.deep.equal({ compensated: 1 });
        }
        await shop.ended(ids, 120_000);
      });

      it('were sent exactly what the plan said, command by command, and once', async () => {
        const seen = await batch();
        if (seen.state !== 'done') throw new Error(`the batch is not done: ${await describeBatch(seen)}`);
        const all = await items();
        const entries = await db.query<{ sagaId: string; messageId: string; sent: string[] }>(
          `SELECT j.saga_id::text AS "sagaId", j.message_id AS "messageId",
              ARRAY(SELECT o -> 'event' ->> 'id' FROM json_array_elements(j.out) o)
                || ARRAY(SELECT json_array_elements_text(COALESCE(j.change -> 'resent', '[]'))) AS sent
         FROM orchestrator.journal j WHERE j.message_id = ANY ($1::text[])`,
          all.map(({ target, actionId }) => `${target}/action/${actionId}`),
        );
        const applied = new Map(entries.map((entry) => [entry.messageId, entry]));
        for (const { target, outcome, actionId } of all) {
          const entry = applied.get(`${target}/action/${actionId}`);
          if (UNSENT.includes(String(outcome))) expect(entry).to.equal(undefined);
          else expect(entry?.sent, target).to.deep.equal(planned.get(target));
        }
        expect(entries).to.have.length(all.filter(({ outcome }) => !UNSENT.includes(String(outcome))).length);
        const { databaseUrl } = shop;
        const gatewayUrl = shop.system.urls['gateway'] ?? '';
        const results = await verifyLedger({ databaseUrl, gatewayUrl, gatewayKey: KEY });
        const broken = results.filter(({ violations }) => violations > 0);
        expect(broken, JSON.stringify(broken, null, 2)).to.deep.equal([]);
        const audit = await shop.get<{ holds: boolean }>('/v1/audit/verify');
        expect(audit).to.include({ holds: true });
      });
    });
});
