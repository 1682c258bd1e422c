/** Backends' API keys: made once, used everywhere, expired, revoked within seconds, and never stored. */
import { expect } from 'chai';
import { newKey } from '#platform/identity/api-keys.ts';
import { openCredentials } from '#platform/identity/credentials.ts';
import { refusedWithin } from '#platform/identity/testing/refused-within.ts';
import { RetryableError } from '#protocol/errors.ts';
import { runSaga } from '../cli/testing/terminal.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { ORDER } from './testing/client.ts';

const REASON = { reason: 'a test' };
/** The promise is within seconds: fresh keys are read every two. */
const WITHIN_MS = 5_000;

describe('API keys', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  const created = async (holder: string, more = {}) => {
    const answer = await api.request('/v1/api-keys', { as: 'admin', body: { holder, ...REASON, ...more } });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body as { key: string; keyId: string; expiresAt: string };
  };
  const place = async (key: string) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const answer = await fetch(`${api.url}/v1/orders`, {
      method: 'POST',
      headers,
      body: JSON.stringify(ORDER),
    });
    await answer.text();
    return answer.status;
  };
  const revoke = (id: string) => api.request(`/v1/api-keys/${id}/revocation`, { as: 'admin', body: REASON });

  it('acts as a service at once, and is shown only by the answer that made it', async () => {
    const { key, keyId } = await created('shop-backend');
    expect(key).to.match(/^osk_[0-9a-f]{16}_[\w-]{43}$/);
    expect(await place(key)).to.equal(202);
    const { body } = await api.request(`/v1/api-keys/${keyId}`, { as: 'admin' });
    expect(body).to.include({ keyId, holder: 'shop-backend', role: 'service', state: 'live' });
    const [row] = await api.db.query<{ row: string }>(
      'SELECT row_to_json(k)::text AS row FROM identity.api_keys k WHERE id = $1',
      keyId,
    );
    for (const text of [row?.row ?? '', JSON.stringify(body)]) expect(text).not.to.include(key.slice(21));
  });

  it('is refused with another secret, another id, another form, and as another role', async () => {
    const { key } = await created('careful');
    const other = newKey().key;
    for (const bad of [
      `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
      other,
      `${key}x`,
      'osk_',
      `${key.slice(0, 21)}${other.slice(21)}`,
    ])
      expect(await place(bad), bad).to.equal(401);
    const answer = await fetch(`${api.url}/v1/audit`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status).to.equal(403);
  });

  it('is for admins only, and refuses what is malformed', async () => {
    for (const as of ['service', 'viewer', 'operator', 'customer'] as const) {
      expect((await api.request('/v1/api-keys', { as, body: { holder: 'x', ...REASON } })).status).to.equal(
        403,
      );
      expect((await api.request('/v1/api-keys', { as })).status).to.equal(403);
      expect(
        (await api.request('/v1/api-keys/0123456789abcdef/revocation', { as, body: REASON })).status,
      ).to.equal(403);
    }
    for (const body of [
      {},
      { holder: 'x' },
      { holder: 'X Y', ...REASON },
      { holder: 'x', expiresInDays: 0, ...REASON },
      { holder: 'x', expiresInDays: 367, ...REASON },
      { holder: 'x', role: 'admin', ...REASON },
    ])
      expect(
        (await api.request('/v1/api-keys', { as: 'admin', body })).status,
        JSON.stringify(body),
      ).to.equal(400);
    expect((await revoke('0123456789abcdef')).status).to.equal(404);
    expect((await revoke('none')).status).to.equal(400);
  });

  it('is refused within seconds of its revocation, by this process and every other', async () => {
    const { key, keyId } = await created('revoked-soon');
    const elsewhere = openCredentials(api.db, () => Date.now());
    expect(await place(key)).to.equal(202);
    expect(await elsewhere.verifyKey(key)).to.deep.equal({
      subject: 'api-key:revoked-soon',
      role: 'service',
      proof: { apiKey: keyId },
    });
    const { status, body } = await revoke(keyId);
    expect([status, body.state]).to.deep.equal([200, 'revoked']);
    await Promise.all([
      refusedWithin(
        WITHIN_MS,
        () => place(key),
        (code) => code === 401,
        (code) => code === 202,
      ),
      refusedWithin(
        WITHIN_MS,
        () => elsewhere.verifyKey(key),
        (holder) => holder === null,
      ),
    ]);
    const again = await revoke(keyId);
    expect([again.status, again.body.revokedAt]).to.deep.equal([200, body.revokedAt]);
  });

  it('is refused once it has expired, to the second', async () => {
    let nowMs = Date.now();
    const later = openCredentials(api.db, () => nowMs);
    const { key, expiresAt } = await created('short-lived', { expiresInDays: 1 });
    nowMs = Date.parse(expiresAt) - 1_000;
    expect(await later.verifyKey(key)).not.to.equal(null);
    nowMs += 1_000;
    expect(await later.verifyKey(key)).to.equal(null);
  });

  it('is unknown, not refused, while the database does not answer', async () => {
    let nowMs = Date.now();
    let fails = false;
    const sql = {
      query: async <Row>(text: string, ...values: unknown[]) => {
        if (fails) throw new RetryableError('database-unavailable', 'away');
        return api.db.query<Row>(text, ...values);
      },
    };
    const keys = openCredentials(sql, () => nowMs);
    const { key } = await created('patient');
    expect(await keys.verifyKey(key)).not.to.equal(null);
    fails = true;
    nowMs += 4_000;
    expect(await keys.verifyKey(key), 'it goes on for some seconds').not.to.equal(null);
    nowMs += 2_000;
    const error = await keys.verifyKey(key).catch((thrown) => thrown);
    expect(error).to.be.instanceOf(RetryableError).and.include({ code: 'identity-unavailable' });
    fails = false;
    expect(await keys.verifyKey(key)).not.to.equal(null);
  });

  it('costs the database one read for all forged keys that come together', async () => {
    let statements = 0;
    const sql = {
      query: <Row>(text: string, ...values: unknown[]) => {
        statements += 1;
        return api.db.query<Row>(text, ...values);
      },
    };
    const nowMs = Date.now();
    const keys = openCredentials(sql, () => nowMs);
    const holders = await Promise.all(Array.from({ length: 500 }, () => keys.verifyKey(newKey().key)));
    expect(holders.every((holder) => holder === null)).to.equal(true);
    expect(statements, 'keys and ended tokens, once').to.equal(2);
  });

  it('is in the audit, whose chain holds, and on the command line', async () => {
    const environment = { SAGA_URL: api.url, SAGA_TOKEN: await api.token('admin', 'anna') };
    const saga = (...args: string[]) => runSaga(api, args, { environment });
    const create = ['api-key', 'create', '--holder', 'by-hand', '--days', '7', '--reason', 'a test'];
    const planned = await saga(...create);
    expect(planned.code).to.equal(3);
    expect(planned.out).to.match(
      /^It makes a key of by-hand with the role service until .* 0 live already\.$/,
    );
    expect(planned.err).to.match(
      /saga -- api-key create --holder by-hand --days 7 --reason 'a test' --plan [0-9a-f]{64} --yes/,
    );
    expect((await saga(...create, '--dry-run')).out).to.include('by-hand has 0 live already.');
    const made = await saga(...create, '--yes');
    expect(made.code, made.err).to.equal(0);
    expect(await place(made.out)).to.equal(202);
    const id = made.out.slice(4, 20);
    expect(made.err).to.include(`Key ${id} of by-hand`).and.not.include(made.out);
    const listed = await saga('api-key', 'list');
    expect(listed.out)
      .to.match(new RegExp(`${id} +by-hand +live .* anna `))
      .and.not.include(made.out.slice(21));
    const revoke = ['api-key', 'revoke', id, '--reason', 'a test'];
    expect((await saga(...revoke)).code).to.equal(3);
    expect((await saga(...revoke, '--dry-run')).out).to.equal(
      `It revokes the key ${id} of by-hand (live), which has 0 other live keys.`,
    );
    expect(await place(made.out), 'still live').to.equal(202);
    const revoked = await saga(...revoke, '--yes');
    expect(revoked).to.include({ code: 0, out: `key ${id} of by-hand is revoked` });
    const audit = (await saga('audit', 'list', '--actor', 'anna')).out;
    expect(audit)
      .to.match(new RegExp(`anna +create-api-key +keyId ${id}, holder by-hand, .* applied +a test`))
      .and.match(/anna +revoke-api-key .* applied/);
    const csv = (
      await saga('audit', 'export', '--actor', 'anna', '--action', 'revoke-api-key', '--format', 'csv')
    ).out;
    expect(csv.split('\n')[0]).to.match(/^seq,createdAt,actor,role,action,/);
    expect(csv).to.match(new RegExp(`,anna,admin,revoke-api-key,,,a test,"\\{""keyId"":""${id}""\\}",`));
    const lines = (await saga('audit', 'export', '--actor', 'anna')).out.split('\n');
    expect(lines.map((line) => JSON.parse(line).action)).to.include.members([
      'create-api-key',
      'revoke-api-key',
    ]);
    expect((await saga('audit', 'verify')).out).to.match(/^\d+ entries hold/);
    const asOperator = await runSaga(api, ['api-key', 'list']);
    expect(asOperator.code).to.equal(4);
    expect((await saga('api-key', 'create', '--holder', 'x', '--yes')).code).to.equal(2);
  });

  it('is listed page by page, newest first', async () => {
    const first = await api.request('/v1/api-keys?limit=2', { as: 'admin' });
    const second = await api.request(`/v1/api-keys?limit=2&cursor=${first.body.nextCursor}`, { as: 'admin' });
    const ids = [first, second].flatMap(({ body }) =>
      (body.items as Array<{ keyId: string }>).map(({ keyId }) => keyId),
    );
    expect(new Set(ids).size).to.equal(4);
    expect((await api.request('/v1/api-keys?cursor=nonsense', { as: 'admin' })).status).to.equal(400);
  });
});
