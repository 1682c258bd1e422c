import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { freePorts } from '#scripts/run/stack/ports.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type CuttableProxy, openProxy } from './proxy.ts';

describe('a proxy that can be cut', () => {
  let echo: Server;
  let proxy: CuttableProxy;
  let port: number;
  const clients: Socket[] = [];
  let receivedByServer = '';

  beforeEach(async () => {
    receivedByServer = '';
    echo = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        receivedByServer += bytes;
        socket.write(bytes);
      });
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    [port = 0] = await freePorts(1);
    proxy = await openProxy(port, (echo.address() as AddressInfo).port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await proxy.close();
    echo.close();
    await once(echo, 'close');
  });

  async function dial() {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    clients.push(socket);
    const seen = { text: '', error: '', closed: false };
    socket.on('data', (text) => {
      seen.text += text;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      seen.error = error.code ?? '';
    });
    socket.on('close', () => {
      seen.closed = true;
    });
    // A refused connection may be reset before it was established.
    await waitUntil(() => !socket.connecting || seen.closed);
    const receives = async (text: string) => {
      await waitUntil(() => seen.text === text);
      expect(seen.text).to.equal(text);
    };
    return { socket, seen, receives };
  }

  it('forwards both ways', async () => {
    const { socket, receives } = await dial();
    const long = 'x'.repeat(300_000);
    socket.write(long);
    await receives(long);
  });

  it('cut silently, lets nothing through and ends nothing; healed, brings all that was sent', async () => {
    const early = await dial();
    early.socket.write('one');
    await early.receives('one');
    proxy.cut('silent');
    early.socket.write('two');
    const late = await dial();
    late.socket.write('three');
    // A second pair of sockets around the proxy is this test's clock: the same bytes go round there meanwhile.
    const { port: direct } = echo.address() as AddressInfo;
    const beside = connect(direct, '127.0.0.1');
    clients.push(beside);
    for (let n = 0; n < 50; n++) {
      beside.write('.');
      await once(beside, 'data');
    }
    expect(receivedByServer).to.equal(`one${'.'.repeat(50)}`);
    expect([early.seen, late.seen].map(({ text, closed }) => [text, closed])).to.deep.equal([
      ['one', false],
      ['', false],
    ]);
    proxy.heal();
    await early.receives('onetwo');
    await late.receives('three');
  });

  it('cut with a reset, ends every connection, refuses new ones, and takes them again when healed', async () => {
    const early = await dial();
    early.socket.write('one');
    await early.receives('one');
    proxy.cut('reset');
    await waitUntil(() => early.seen.closed);
    expect(early.seen.error).to.equal('ECONNRESET');
    const refused = await dial();
    await waitUntil(() => refused.seen.closed);
    expect(refused.seen.closed).to.equal(true);
    await waitUntil(() => proxy.connections() === 0);
    expect(proxy.connections()).to.equal(0);
    proxy.heal();
    const again = await dial();
    again.socket.write('two');
    await again.receives('two');
  });

  it('ends the client’s connection where no server listens behind it', async () => {
    echo.close();
    const { seen } = await dial();
    await waitUntil(() => seen.closed);
    expect(seen.closed).to.equal(true);
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
  });
});
