/** The server never shares a port silently, accepts many connections at once, and closes them all. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { listen } from './server.ts';

const CLIENTS = 200;

describe('an HTTP server', () => {
  let server: Server;
  let close: () => Promise<void>;
  let port: number;
  let clients: Socket[];
  let logged: string[];
  const log = { throttled: (_key: string, message: string) => void logged.push(message) };
  beforeEach(async () => {
    logged = [];
    server = createServer((_request, response) => response.end('served'));
    close = await listen(server, { port: 0, host: '127.0.0.1', log });
    port = (server.address() as AddressInfo).port;
    clients = [];
  });
  afterEach(async () => {
    for (const client of clients) client.destroy();
    await close();
  });

  it('refuses a port in use', async () => {
    const failed = await listen(createServer(), { port, host: '127.0.0.1', log }).catch((error) => error);
    expect(failed).to.include({ code: 'EADDRINUSE' });
  });

  it('opens a port again after closing it', async () => {
    await close();
    close = await listen(server, { port, host: '127.0.0.1', log });
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).to.equal('served');
  });

  it('accepts many connections in a turn of the event loop, and answers on each', async function () {
    if (process.platform !== 'linux') return this.skip();
    let accepted = 0;
    server.on('connection', () => {
      accepted += 1;
    });
    clients = Array.from({ length: CLIENTS }, () => connect(port, '127.0.0.1'));
    const answered = clients.map(async (client) => {
      client.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
      const [data] = await once(client, 'data');
      return String(data).endsWith('served');
    });
    let most = 0;
    while (accepted < CLIENTS) {
      const before = accepted;
      await new Promise((resolve) => setImmediate(resolve));
      most = Math.max(most, accepted - before);
    }
    expect(most).to.be.greaterThan(4);
    expect(await Promise.all(answered)).to.deep.equal(clients.map(() => true));
  });

  it('logs a failed accept and goes on', async () => {
    for (let times = 0; times < 2; times++) server.emit('error', new Error('accept EMFILE'));
    expect(logged).to.deep.equal(Array(2).fill('connection-not-accepted'));
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).to.equal('served');
  });

  // Regression: the server closed the connection of an order that was stored a moment later.
  it('answers what takes too long while it closes, so that no caller is left without an answer', async () => {
    server.removeAllListeners('request');
    await close();
    const stuck = Promise.withResolvers<void>();
    server.on('request', () => stuck.resolve());
    close = await listen(server, { port, host: '127.0.0.1', log });
    const posted = fetch(`http://127.0.0.1:${port}`, { method: 'POST' });
    await stuck.promise;
    await close();
    const response = await posted;
    expect(response.status).to.equal(504);
    expect(((await response.json()) as { type: string }).type).to.equal(
      'urn:problem:order-saga:outcome-unknown',
    );
  });

  it('closes idle connections when it closes', async () => {
    clients = Array.from({ length: 10 }, () => connect(port, '127.0.0.1'));
    for (const client of clients) {
      client.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
      await once(client, 'data');
    }
    const ended = clients.map((client) => once(client, 'end'));
    await close();
    await Promise.all(ended);
  });
});
