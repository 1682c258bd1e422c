/**
 * Acts of people that send no message themselves (activations, tokens, erasures, API keys, brakes) are done as their plans say, or
 * refused with the plan as it is now: each is planned, then what its plan rests on changes, and then it is applied.
 */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { nextSagas } from '../sagas/order/testing/next.ts';
import { type Alive, reportAlive } from '../store/report-alive.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import type { Body } from './testing/client.ts';
import { CHARGING } from './testing/engine.ts';

const VERSIONS = [
  { name: 'order', version: 1 },
  { name: 'order', version: 2 },
];
const PLAN_CHANGED = 'urn:problem:order-saga:plan-changed';

/** An act, and what another person does between its plan and its apply. */
interface Case {
  readonly act: string;
  /** Prepares it. @returns its path and its request, with another person's act that changes its plan */
  readonly prepare: () => Promise<{
    readonly path: string;
    readonly request: Body;
    readonly meanwhile: () => Promise<unknown>;
  }>;
  readonly applied: number;
  /** Of the audit's entry that keeps the hash; null: nothing was left to do, or the plan names a person. */
  readonly entry: string | null;
  /** Whether the same request under its Idempotency-Key is answered as before. */
  readonly repeats: boolean;
}

describe('the plan of what a person does', () => {
  let api: TestApi;
  let alive: Alive;
  before(async () => {
    api = await startTestApi({ define: nextSagas });
    alive = await reportAlive(api.db, 'next', VERSIONS, () => Date.now(), silent);
  });
  after(async () => {
    await alive.close();
    await api.close();
  });

  const post = (path: string, body: Body, headers = {}, subject = 'anna') =>
    api.request(path, { as: 'admin', subject, body: { reason: 'a test', ...body }, headers });
  const done = async (path: string, body: Body): Promise<Body> => {
    const answer = await post(path, body, {}, 'another');
    expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).to.be.below(300);
    return answer.body;
  };
  const activation = '/v1/definitions/order/activations';

  const CASES: readonly Case[] = [
    {
      act: 'activating a version',
      prepare: async () => {
        await done(activation, { version: 2 });
        return {
          path: activation,
          request: { version: 1 },
          meanwhile: () => done(activation, { version: 1 }),
        };
      },
      // The version is active by now: nothing is left to do, and nothing enters the audit.
      applied: 200,
      entry: null,
      repeats: false,
    },
    {
      act: 'making an API key',
      prepare: async () => {
        const request = { holder: 'planned-shop', expiresInDays: 7 };
        return { path: '/v1/api-keys', request, meanwhile: () => done('/v1/api-keys', request) };
      },
      applied: 201,
      entry: 'create-api-key',
      repeats: false,
    },
    {
      act: 'revoking an API key',
      prepare: async () => {
        const [own, other] = [
          await done('/v1/api-keys', { holder: 'two-keys' }),
          await done('/v1/api-keys', { holder: 'two-keys' }),
        ];
        const revocation = ({ keyId }: Body) => `/v1/api-keys/${keyId}/revocation`;
        // The other one's end would leave its holder without any.
        return { path: revocation(own), request: {}, meanwhile: () => done(revocation(other), {}) };
      },
      applied: 200,
      entry: 'revoke-api-key',
      repeats: true,
    },
    {
      act: 'erasing a customer',
      prepare: async () => ({
        path: '/v1/erasures',
        request: { customerId: 'alice' },
        meanwhile: () => api.placed(),
      }),
      applied: 202,
      entry: null,
      repeats: true,
    },
    {
      act: 'setting a brake',
      prepare: async () => {
        const request = { holds: 'inventory.release' };
        return { path: '/v1/brakes', request, meanwhile: () => done('/v1/brakes', request) };
      },
      // Somebody else holds it by now.
      applied: 409,
      entry: null,
      repeats: false,
    },
    {
      act: 'releasing a brake',
      prepare: async () => {
        const order = await api.placed();
        const { brakeId } = await done('/v1/brakes', { holds: 'payment.charge' });
        await api.inForce.read();
        await api.engine.happen(order, ...CHARGING);
        const path = `/v1/brakes/${brakeId}/release`;
        // No engine takes the resume of its one saga: at one a second it does not open, however slow the test is.
        return { path, request: { perSecond: 20 }, meanwhile: () => done(path, { perSecond: 1 }) };
      },
      applied: 202,
      entry: 'release-brake',
      repeats: true,
    },
  ];

  for (const { act, prepare, applied, entry, repeats } of CASES)
    it(`of ${act} is refused once it is another one, and applied once as it is`, async () => {
      const { path, request, meanwhile } = await prepare();
      const plan = async () => {
        const { status, body } = await post(path, { ...request, dryRun: true });
        expect(status, JSON.stringify(body)).to.equal(200);
        expect(body.planHash).to.match(/^[0-9a-f]{64}$/);
        return body;
      };
      const seen = await plan();
      expect((await plan()).planHash, 'time alone changes no plan').to.equal(seen.planHash);
      await meanwhile();
      const entries = async () =>
        (await api.db.query<{ n: number }>('SELECT count(*)::int AS n FROM orchestrator.actions'))[0]?.n;
      const before = await entries();
      const refused = await post(path, { ...request, planHash: seen.planHash });
      expect([refused.status, refused.body.type], JSON.stringify(refused.body)).to.deep.equal([
        412,
        PLAN_CHANGED,
      ]);
      expect(await entries(), 'nothing was done').to.equal(before);
      const now = refused.body.plan as Body;
      expect(now.planHash)
        .to.equal((await plan()).planHash)
        .and.not.to.equal(seen.planHash);

      const key = { 'idempotency-key': `planned-${entry ?? path}` };
      const first = await post(path, { ...request, planHash: now.planHash }, key);
      expect(first.status, JSON.stringify(first.body)).to.equal(applied);
      if (repeats) {
        const again = await post(path, { ...request, planHash: now.planHash }, key);
        expect([again.status, again.body]).to.deep.equal([first.status, first.body]);
        expect((await post(path, { ...request, reason: 'another' }, key)).status).to.equal(422);
      }
      const kept = await api.db.query<{ action: string }>(
        'SELECT action FROM orchestrator.actions WHERE plan_hash = $1',
        now.planHash,
      );
      expect(kept.map(({ action }) => action)).to.deep.equal(entry === null ? [] : [entry]);
      expect((await api.request('/v1/audit/verify', { as: 'viewer' })).body).to.include({ holds: true });
    });

  it('of activating a version is kept, and acts once under its Idempotency-Key', async () => {
    await done(activation, { version: 1 });
    const { body: seen } = await post(activation, { version: 2, dryRun: true });
    const key = { 'idempotency-key': 'version-2' };
    const request = { version: 2, planHash: seen.planHash };
    const first = await post(activation, request, key);
    expect(first.body).to.deep.equal({ definition: 'order', version: 2, changed: true });
    await done(activation, { version: 1 });
    expect((await post(activation, request, key)).body).to.deep.equal(first.body);
    expect((await post(activation, { version: 1 }, key)).status).to.equal(422);
    const kept = await api.db.query<{ action: string }>(
      'SELECT action FROM orchestrator.actions WHERE plan_hash = $1',
      seen.planHash,
    );
    expect(kept).to.deep.equal([{ action: 'activate' }]);
    const { body: now } = await post(activation, { version: 2, dryRun: true });
    expect(now.planHash, 'it replaces the same version').to.equal(seen.planHash);
  });

  it('of ending tokens belongs to what is ended and to whose token asks for it', async () => {
    const end = (body: Body, subject?: string) => post('/v1/ended-tokens', body, {}, subject);
    const { body: seen } = await end({ subject: 'mallory', dryRun: true });
    const other = await end({ subject: 'eve', planHash: seen.planHash });
    expect([other.status, other.body.type]).to.deep.equal([412, PLAN_CHANGED]);
    expect(other.body.plan).to.include({ subject: 'eve', includesCaller: false });
    const made = await end({ subject: 'mallory', planHash: seen.planHash });
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
  });

  it('is checked for its form (400) by every one of these acts', async () => {
    const acts: ReadonlyArray<readonly [string, Body]> = [
      [activation, { version: 1 }],
      ['/v1/api-keys', { holder: 'x' }],
      ['/v1/api-keys/0123456789abcdef/revocation', {}],
      ['/v1/erasures', { customerId: 'x' }],
      ['/v1/brakes', { holds: 'intake' }],
      [`/v1/brakes/${crypto.randomUUID()}/release`, { perSecond: 1 }],
      ['/v1/ended-tokens', { tokenId: 'x' }],
    ];
    for (const [path, body] of acts)
      for (const planHash of ['', 'A'.repeat(64), 7])
        expect((await post(path, { ...body, planHash })).status, `${path} ${planHash}`).to.equal(400);
  });
});
