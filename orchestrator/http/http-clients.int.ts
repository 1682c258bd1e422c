/** HTTP as proxies and the clients of other languages speak it to the order API. */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type RawRequest, sendRaw } from '#platform/http/testing/raw.ts';
import { startTestApi, type TestApi } from './testing/api.ts';
import { ORDER } from './testing/client.ts';

const JSON_TYPE = 'content-type: application/json';
const BODY = JSON.stringify(ORDER);
const latin1 = (change: string) => Buffer.from(BODY.replace('alice', change), 'latin1');

const CASES: ReadonlyArray<Partial<RawRequest> & { readonly what: string; readonly status: number }> = [
  { what: 'a plain order', status: 202 },
  {
    what: 'an upgrade to HTTP/2',
    headers: [
      'connection: Upgrade, HTTP2-Settings, close',
      'upgrade: h2c',
      'http2-settings: AAMAAABkAAQ',
      JSON_TYPE,
    ],
    status: 202,
  },
  { what: 'an absolute target', target: 'http://shop.example/v1/orders', status: 202 },
  { what: 'expect: 100-continue', headers: ['expect: 100-continue', JSON_TYPE], status: 202 },
  { what: 'a byte order mark', body: `\uFEFF${BODY}`, status: 202 },
  { what: 'a quoted charset', headers: ['content-type: Application/JSON;charset="UTF-8"'], status: 202 },
  { what: 'another charset', headers: ['content-type: application/json; charset=iso-8859-1'], status: 415 },
  {
    what: 'UTF-16',
    headers: ['content-type: application/json; charset=utf-16'],
    body: Buffer.from(BODY, 'utf16le'),
    status: 415,
  },
  { what: 'gzip', headers: ['content-encoding: gzip', JSON_TYPE], body: gzipSync(BODY), status: 415 },
  { what: 'a name that is not UTF-8', body: latin1('caf\xe9'), status: 400 },
  { what: 'an overlong form', body: latin1('\xc0\xaf'), status: 400 },
  {
    what: 'a value nested 10000 deep',
    body: BODY.replace('"DE"', `${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    status: 400,
  },
  {
    what: 'an Idempotency-Key twice',
    headers: ['idempotency-key: a', 'idempotency-key: b', JSON_TYPE],
    status: 400,
  },
  {
    what: 'a customer filter that is not UTF-8',
    method: 'GET',
    target: '/v1/sagas?customerId=caf%E9',
    status: 400,
  },
  {
    what: 'a customer filter in raw bytes',
    method: 'GET',
    target: '/v1/sagas?customerId=caf\xc3\xa9',
    status: 400,
  },
  {
    what: 'a customer filter in UTF-8',
    method: 'GET',
    target: '/v1/sagas?customerId=caf%C3%A9',
    status: 200,
  },
  { what: 'an actor that is not UTF-8', method: 'GET', target: '/v1/audit?actor=%FF', status: 400 },
  {
    what: 'a reason nested deep',
    target: '/v1/sagas/0199d3c4-0000-7000-8000-000000000000/actions',
    body: `{"action":"edit","reason":"x","input":{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}}`,
    status: 400,
  },
  {
    what: 'a reason that is not UTF-8',
    target: '/v1/sagas/0199d3c4-0000-7000-8000-000000000000/actions',
    body: Buffer.from('{"action":"retry","reason":"caf\xe9"}', 'latin1'),
    status: 400,
  },
  { what: 'HEAD of a list', method: 'HEAD', target: '/v1/sagas', status: 200 },
  { what: 'a check of health with a query', method: 'GET', target: '/livez?verbose', status: 200 },
];

describe('the order API, as proxies and other languages’ clients speak to it', () => {
  let api: TestApi;
  before(async () => {
    api = await startTestApi();
  });
  after(() => api?.close());

  for (const { what, status, ...request } of CASES) {
    it(`answers ${status} to ${what}`, async () => {
      const isRead = request.method !== undefined || (request.target ?? '').includes('actions');
      const token = await api.token(isRead ? 'operator' : 'service');
      const answer = await sendRaw(api.url, {
        target: '/v1/orders',
        ...(isRead ? {} : { body: BODY }),
        ...request,
        headers: [`authorization: Bearer ${token}`, 'if-match: "1"', ...(request.headers ?? [JSON_TYPE])],
      });
      expect(answer.status, answer.text).to.equal(status);
    });
  }

  it('stores no customer under a name it did not have', async () => {
    const rows = await api.db.query<{ id: string }>(
      `SELECT id FROM orchestrator.orders WHERE customer_id LIKE '%\uFFFD%'`,
    );
    expect(rows).to.deep.equal([]);
  });
});
