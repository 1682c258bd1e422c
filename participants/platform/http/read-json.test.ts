/** A body's JSON that two readers would understand differently is none. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Problem } from './problem.ts';
import { readJson } from './read-json.ts';
import { sendRaw } from './testing/raw.ts';

describe('a JSON body', () => {
  let server: Server;
  let url: string;
  before(async () => {
    server = createServer((request, response) => {
      const answer = (status: number, text: string) =>
        response.writeHead(status, { 'content-length': text.length }).end(text);
      readJson(request, 65_536).then(
        (body) => answer(200, JSON.stringify(body)),
        (error: Problem) => answer(400, `${error.kind}: ${error.message}`),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const send = (body: string) =>
    sendRaw(url, { target: '/', headers: ['content-type: application/json'], body });

  // Regression: of two amounts the last one counted, where a proxy or a log may have read the first.
  for (const [what, body] of [
    ['twice in the body', '{"amount":1,"amount":2}'],
    ['twice with equal values', '{"amount":1,"amount":1}'],
    ['twice in an object inside', '{"data":{"items":[{"sku":"a","sku":"b"}]}}'],
    ['twice, once escaped', '{"amount":1,"\\u0061mount":2}'],
    ['twice, with quotes and colons around', '{"a\\":\\\\":": ,{","b":1,"b":{"c":"}"}}'],
    ['twice, as __proto__', '{"__proto__":1,"__proto__":2}'],
  ] as const) {
    it(`is refused with a name ${what}`, async () => {
      const { status, text } = await send(body);
      expect([status, text]).to.deep.equal([400, 'not-json: An object of the body has a name twice']);
    });
  }

  for (const body of [
    '{"a":1,"b":{"a":[{"a":2},{"a":3}]},"c":"x:y\\":\\\\","":":"}',
    '{ "a" : "\\\\" , "b" : null }',
    '[]',
    '{}',
  ]) {
    it(`is read: ${body}`, async () => {
      const { status, text } = await send(body);
      expect(status, text).to.equal(200);
      expect(JSON.parse(text)).to.deep.equal(JSON.parse(body));
    });
  }
});
