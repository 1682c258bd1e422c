/** Requests that concern the whole server and no path of it. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { silent } from '../process/log.ts';
import { httpApp } from './app.ts';
import { sendRaw } from './testing/raw.ts';

describe('an HTTP process', () => {
  let server: Server;
  let url: string;
  before(async () => {
    const parts = { tokens: undefined as never, log: silent };
    const documents = { openapi: () => ({}), asyncapi: () => ({}) } as never;
    server = createServer(
      httpApp(
        parts,
        () => null,
        documents,
        () => {},
      ),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  it('answers OPTIONS * with 204: it is there', async () => {
    const { status, text } = await sendRaw(url, { method: 'OPTIONS', target: '*' });
    expect([status, text]).to.deep.equal([204, '']);
  });

  it('knows no TRACE, which would show a caller’s headers to a page', async () => {
    const { status, text } = await sendRaw(url, {
      method: 'TRACE',
      target: '/livez',
      headers: ['x-secret: for-nobody'],
    });
    expect(status).to.be.oneOf([400, 404, 405]);
    expect(text).not.to.include('for-nobody');
  });

  it('refuses a request of two lengths', async () => {
    const headers = ['content-length: 4', 'transfer-encoding: chunked'];
    expect((await sendRaw(url, { target: '/livez', headers, body: '0\r\n\r\n' })).status).to.equal(400);
    expect(
      (await sendRaw(url, { target: '/livez', headers: ['content-length: 1', 'content-length: 2'] })).status,
    ).to.equal(400);
  });

  it('answers 404 to * with another method', async () => {
    expect((await sendRaw(url, { method: 'GET', target: '*' })).status).to.equal(404);
  });
});
