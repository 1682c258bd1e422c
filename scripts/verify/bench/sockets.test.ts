import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { openPoster, type Poster, readResponse } from './sockets.ts';

describe('the sockets of the load generator', () => {
  let close = () => {};
  afterEach(() => close());

  async function poster(listener: RequestListener): Promise<Poster> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const posts = openPoster(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'a: b\r\n');
    close = () => {
      posts.close();
      server.close();
    };
    return posts;
  }

  const post = (posts: Poster, body: string) =>
    new Promise<[number, string]>((resolve) =>
      posts.post('/v1/orders', 'c: d\r\n', body, (status, text) => resolve([status, text])),
    );

  it('sends whole requests and reads whole answers, a thousand at once', async () => {
    const posts = await poster((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (text) => {
        body += text;
      });
      request.on('end', () => {
        const { a, c } = request.headers;
        response.writeHead(202).end(`${request.method} ${request.url} ${a}${c} ${body}`);
      });
    });
    const bodies = Array.from({ length: 1000 }, (_, n) => `${n}ß${'x'.repeat(n)}`);
    const answers = await Promise.all(bodies.map((body) => post(posts, body)));
    expect(answers).to.deep.equal(bodies.map((body) => [202, `POST /v1/orders bd ${body}`]));
  });

  it('gives 0 where the connection is cut, and goes on with others', async () => {
    let n = 0;
    const posts = await poster((request, response) => {
      n += 1;
      if (n === 1) request.socket.destroy();
      else response.end('ok');
    });
    expect(await post(posts, 'x')).to.deep.equal([0, '']);
    expect(await post(posts, 'x')).to.deep.equal([200, 'ok']);
  });

  it('gives 0 where no server listens', async () => {
    const posts = openPoster('http://127.0.0.1:9', '');
    expect(await post(posts, 'x')).to.deep.equal([0, '']);
  });

  it('waits for the rest of an answer, with a length or in chunks', () => {
    const whole = 'HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\naßcd';
    for (let n = 0; n < whole.length; n++) expect(readResponse(whole.slice(0, n))).to.equal(null);
    const head = 'http/1.1 202 accepted\r\ncontent-length: 5';
    expect(readResponse(whole)).to.deep.equal({ status: 202, head, body: 'aßcd' });
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\naß\r\n2\r\ncd\r\n0\r\n\r\n';
    for (let n = 0; n < chunked.length; n++) expect(readResponse(chunked.slice(0, n))).to.equal(null);
    expect(readResponse(chunked)).to.deep.include({ status: 200, body: 'aßcd' });
  });
});
