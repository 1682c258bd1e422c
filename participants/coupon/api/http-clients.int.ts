/**
 * HTTP as proxies and the clients of other languages speak it: the hot route gives the answer that the application gives
 * without it, and it is the right one.
 */
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type RawRequest, sendRaw } from '#platform/http/testing/raw.ts';
import { madeCampaign, openWorld, type TestCouponApi, type World } from './testing/world.ts';

const JSON_TYPE = 'content-type: application/json';
const H2C = [
  'connection: Upgrade, HTTP2-Settings, close',
  'upgrade: h2c',
  'http2-settings: AAMAAABkAAQBAAAAAAIAAAAA',
];
const ADA = '{"userId":"ada"}';

interface Case extends Partial<RawRequest> {
  readonly what: string;
  readonly status: number;
  readonly kind?: string;
}

/** A body that is accepted, or the kind of problem that refuses it. */
const body = (what: string, bytes: string | Buffer, kind?: string): Case => ({
  what: `a body with ${what}`,
  body: bytes,
  headers: [JSON_TYPE],
  status: kind === undefined ? 202 : kind === 'too-large' ? 413 : 400,
  ...(kind !== undefined && { kind }),
});
const headers = (what: string, lines: readonly string[], status = 202, kind?: string): Case => ({
  what,
  headers: lines,
  status,
  ...(kind !== undefined && { kind }),
});
const type = (value: string, status = 202): Case =>
  headers(
    `content-type ${value}`,
    [`content-type: ${value}`],
    status,
    status === 415 ? 'unsupported-media-type' : undefined,
  );
const target = (what: string, given: string, status = 202, kind?: string): Case => ({
  what: `a target ${what}`,
  target: given,
  status,
  ...(kind !== undefined && { kind }),
});
const chunked = (...chunks: string[]) =>
  [...chunks, ''].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');

const CASES: readonly Case[] = [
  // Targets; {id} is the campaign's.
  target('as usual', '/v1/campaigns/{id}/requests'),
  target('in absolute form, as a proxy gets it', 'http://shop.example/v1/campaigns/{id}/requests'),
  target('with a query', '/v1/campaigns/{id}/requests?utm_source=mail'),
  target('with a trailing slash', '/v1/campaigns/{id}/requests/'),
  target('with a slash and a query', '/v1/campaigns/{id}/requests/?a=%FF'),
  target('in capitals', '/V1/Campaigns/{id}/Requests'),
  target('with an upper-case id', '/v1/campaigns/{ID}/requests'),
  target('with a doubled slash', '//v1/campaigns/{id}/requests', 404, 'not-found'),
  target('with an encoded letter', '/v1/campaigns/{id}/%72equests', 404, 'not-found'),
  target('with an encoded slash', '/v1/campaigns/{id}%2Frequests', 405, 'method-not-allowed'),
  target('whose id has an encoded slash', '/v1/campaigns/a%2Fb/requests', 400, 'validation'),
  target('whose id is not UTF-8', '/v1/campaigns/%FF/requests', 400, 'bad-request'),
  target('with an empty id', '/v1/campaigns//requests', 404, 'not-found'),
  // Methods.
  { what: 'HEAD', method: 'HEAD', status: 405 },
  { what: 'OPTIONS', method: 'OPTIONS', status: 405 },
  { what: 'GET', method: 'GET', status: 405 },
  { what: 'PATCH', method: 'PATCH', status: 405, kind: 'method-not-allowed' },
  // What is about the connection changes nothing.
  headers('an upgrade to HTTP/2, as Java’s client offers it', [...H2C, JSON_TYPE]),
  headers('an upgrade to a WebSocket, at another path', [
    'connection: Upgrade, close',
    'upgrade: websocket',
    JSON_TYPE,
  ]),
  headers('an upgrade to TLS', ['connection: Upgrade, close', 'upgrade: TLS/1.0', JSON_TYPE]),
  headers('expect: 100-continue, as curl sends it', ['expect: 100-continue', JSON_TYPE]),
  {
    what: 'a chunked body, as Go and Node send it',
    headers: [JSON_TYPE, 'transfer-encoding: chunked'],
    body: chunked('{"userId":', '"ada"}'),
    status: 202,
  },
  {
    what: 'a chunked body with an extension and a trailer',
    headers: [JSON_TYPE, 'transfer-encoding: chunked'],
    body: `10;ext=1\r\n${ADA}\r\n0\r\nx-sum: 1\r\n\r\n`,
    status: 202,
  },
  {
    what: 'an empty chunked body',
    headers: [JSON_TYPE, 'transfer-encoding: chunked'],
    body: chunked(),
    status: 400,
    kind: 'validation',
  },
  // Types, charsets, encodings.
  type('application/json; charset=utf-8'),
  type('application/json;charset=UTF-8'),
  type('Application/JSON; Charset="utf-8"'),
  type('application/json ; charset=utf8'),
  type('application/json; boundary=x; charset=utf-8'),
  type('application/json; charset=us-ascii'),
  type('application/json;'),
  type('application/json; charset=iso-8859-1', 415),
  type('application/json; charset=utf-16', 415),
  type('application/json; charset=utf-16le', 415),
  type('application/json, text/plain', 415),
  type('application/jsonp', 415),
  type('text/json', 415),
  type('multipart/form-data; boundary=x', 415),
  headers('no content-type', [], 415, 'unsupported-media-type'),
  headers('content-type twice', [JSON_TYPE, 'content-type: text/plain']),
  headers('content-encoding: identity', [JSON_TYPE, 'content-encoding: Identity']),
  {
    what: 'content-encoding: gzip',
    headers: [JSON_TYPE, 'content-encoding: gzip'],
    body: gzipSync(ADA),
    status: 415,
    kind: 'unsupported-media-type',
  },
  headers(
    'content-encoding: br, of an empty name',
    [JSON_TYPE, 'content-encoding: br'],
    415,
    'unsupported-media-type',
  ),
  headers('an Idempotency-Key', [JSON_TYPE, 'idempotency-key: a, b']),
  headers(
    'an Idempotency-Key twice',
    [JSON_TYPE, 'idempotency-key: a', 'idempotency-key: b'],
    400,
    'validation',
  ),
  headers('an Idempotency-Key that is not ASCII', [JSON_TYPE, 'idempotency-key: \xff'], 400, 'validation'),
  headers('an empty Idempotency-Key', [JSON_TYPE, 'idempotency-key:'], 400, 'validation'),
  headers('traceparent that is none', [JSON_TYPE, 'traceparent: x']),
  // Bodies.
  body('a byte order mark, as .NET writes it', Buffer.from(`\uFEFF${ADA}`)),
  body('blanks around it', `\r\n\t ${ADA} \n`),
  body('escaped letters', '{"user\\u0049d":"a\\u0064a"}'),
  body('a name twice, which readers take differently', '{"userId":"eve","userId":"ada"}', 'not-json'),
  body('a letter outside the BMP', '{"userId":"a\u{1F600}"}'),
  body('a surrogate pair in escapes', '{"userId":"\\ud83d\\ude00"}'),
  body('a byte that is not UTF-8', Buffer.from('{"userId":"caf\xe9"}', 'latin1'), 'not-json'),
  body('an overlong slash', Buffer.from('{"userId":"\xc0\xaf"}', 'latin1'), 'not-json'),
  body('a surrogate in UTF-8', Buffer.from('{"userId":"\xed\xa0\x80"}', 'latin1'), 'not-json'),
  body('UTF-16', Buffer.from(ADA, 'utf16le'), 'not-json'),
  body('UTF-16 with its BOM', Buffer.from(`\uFEFF${ADA}`, 'utf16le'), 'not-json'),
  body('two byte order marks', Buffer.from(`\uFEFF\uFEFF${ADA}`), 'not-json'),
  body('nothing but a byte order mark', Buffer.from('\uFEFF'), 'validation'),
  body('nothing', '', 'validation'),
  body('blanks', '  ', 'not-json'),
  body('a text', '"ada"', 'not-json'),
  body('a huge number', '{"userId":1e999}', 'validation'),
  body('a raw U+0000', '{"userId":"a\u0000"}', 'not-json'),
  body('an escaped U+0000', '{"userId":"a\\u0000"}', 'validation'),
  body('half of a surrogate pair', '{"userId":"\\ud800"}', 'validation'),
  body('deep nesting', `{"userId":${'['.repeat(1_000)}${']'.repeat(1_000)}}`, 'not-json'),
  body('two values', `${ADA}${ADA}`, 'not-json'),
  body('NaN', '{"userId":NaN}', 'not-json'),
  body('a comment', `/* */${ADA}`, 'not-json'),
  body('a trailing comma', '{"userId":"ada",}', 'not-json'),
  body('5 KB', JSON.stringify({ userId: 'x'.repeat(5_000) }), 'too-large'),
];

describe('the coupon API, as proxies and other languages’ clients speak to it', () => {
  let world: World;
  let api: TestCouponApi;
  let plain: string;
  let id: string;
  let token: string;
  before(async () => {
    world = await openWorld();
    api = await world.api();
    plain = await api.withoutHotRoute();
    id = await madeCampaign(api, { total: 1_000 });
    token = await world.token('service');
  });
  after(() => world?.close());

  const send = async (
    url: string,
    { target: given = '/v1/campaigns/{id}/requests', ...request }: Partial<RawRequest>,
  ) => {
    const answer = await sendRaw(url, {
      body: ADA,
      ...request,
      target: given.replace('{id}', id).replace('{ID}', id.toUpperCase()),
      headers: [`authorization: Bearer ${token}`, ...(request.headers ?? [JSON_TYPE])],
    });
    const { type: kind, detail } = (answer.text === '' ? {} : JSON.parse(answer.text)) as {
      type?: string;
      detail?: string;
    };
    const { location, ...rest } = answer.headers;
    return {
      status: answer.status,
      kind: kind?.replace('urn:problem:order-saga:', ''),
      detail,
      continued: answer.continued,
      isLocated: location !== undefined,
      ...Object.fromEntries(
        [
          'content-type',
          'allow',
          'accept-encoding',
          'connection',
          'x-content-type-options',
          'cache-control',
        ].map((name) => [name, rest[name]]),
      ),
    };
  };

  for (const { what, status, kind, ...request } of CASES) {
    it(`${what}: ${status}`, async () => {
      const [hot, application] = [await send(api.url, request), await send(plain, request)];
      expect(hot.status, JSON.stringify(hot)).to.equal(status);
      if (kind !== undefined) expect(hot.kind).to.equal(kind);
      expect(hot).to.deep.equal(application);
    });
  }

  it('every other path ignores an upgrade too, and the WebSocket’s takes one', async () => {
    const bearer = `authorization: Bearer ${token}`;
    for (const [path, status] of [
      ['/livez', 200],
      ['/v1/campaigns', 200],
      ['/v1/coupon-results', 426],
      ['/none', 404],
    ] as const) {
      const answer = await sendRaw(api.url, { method: 'GET', target: path, headers: [bearer, ...H2C] });
      expect(answer.status, path).to.equal(status);
    }
    const handshake = [
      'connection: Upgrade',
      'upgrade: WebSocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    ];
    expect(
      (await sendRaw(api.url, { method: 'GET', target: '/v1/coupon-results', headers: handshake })).status,
    ).to.equal(401);
  });

  it('two users whose ids differ in a byte that is not UTF-8 are not taken for one', async () => {
    const before = world.undecided.length;
    for (const byte of ['\xe8', '\xe9'])
      expect(
        (await send(api.url, { body: Buffer.from(`{"userId":"ren${byte}"}`, 'latin1') })).status,
      ).to.equal(400);
    expect(world.undecided.slice(before).filter(({ value }) => value?.includes('\uFFFD'))).to.deep.equal([]);
  });
});
