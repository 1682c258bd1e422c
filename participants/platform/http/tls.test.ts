/** TLS of our own: a certificate that is rotated is served without a restart, and an unusable one is not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { generate } from 'selfsigned';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { listen } from './server.ts';
import { serversOf } from './tls.ts';

describe('a server with TLS of its own', () => {
  const lines: string[] = [];
  const log = {
    info: (event: string) => void lines.push(event),
    throttled: (_key: string, event: string) => void lines.push(event),
  };
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const files = { HTTP_TLS_CERT_FILE: join(folder, 'tls.crt'), HTTP_TLS_KEY_FILE: join(folder, 'tls.key') };
  let server: Server;
  let port: number;
  let close: () => Promise<void>;

  const pair = async (name: string) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keySize: 2048 });
    return { cert, key };
  };
  const write = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(files.HTTP_TLS_CERT_FILE, cert);
    writeFileSync(files.HTTP_TLS_KEY_FILE, key);
  };
  /** Opens a connection; the name in the certificate that it is shown. */
  const connected = (options: object = {}) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () =>
        resolve(socket),
      );
      socket.once('error', reject);
    });
  const nameShown = async () => {
    const socket = await connected();
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return CN;
  };

  before(async () => {
    write(await pair('first'));
    server = serversOf(files, log)({}, (_request, response) => void response.end('served'));
    close = await listen(server, { port: 0, host: '127.0.0.1', log });
    ({ port } = server.address() as AddressInfo);
  });
  after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  it('serves requests, over each of its listening sockets', async () => {
    const answers = await Promise.all(
      Array.from(
        { length: 30 },
        () =>
          new Promise((resolve, reject) => {
            const sent = request(
              { port, host: '127.0.0.1', rejectUnauthorized: false, agent: false },
              async (answer) => {
                resolve(`${answer.statusCode} ${await text(answer)}`);
              },
            );
            sent.once('error', reject).end();
          }),
      ),
    );
    expect(new Set(answers)).to.deep.equal(new Set(['200 served']));
  });

  it('speaks no TLS before 1.2, and no plain HTTP', async () => {
    const socket = await connected({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    expect(socket.getProtocol()).to.equal('TLSv1.2');
    socket.destroy();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    expect(await connected(old).catch((error: NodeJS.ErrnoException) => error.code)).to.match(
      /^ERR_SSL|^ECONNRESET/,
    );
    const plain = await fetch(`http://127.0.0.1:${port}/`).catch((error: Error) => error.message);
    expect(plain).to.equal('fetch failed');
    expect(await nameShown(), 'it goes on').to.equal('first');
  });

  it('shows a rotated certificate within seconds, and keeps open connections', async () => {
    const open = await connected();
    write(await pair('second'));
    await waitUntil(nameShown, (name) => name === 'second');
    expect(lines).to.include('files-read-again');
    open.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n');
    expect(await text(open)).to.include('served');
  });

  it('goes on with the certificate it has while the new one does not belong to its key', async () => {
    const [third, fourth] = await Promise.all([pair('third'), pair('fourth')]);
    write({ cert: third.cert, key: fourth.key });
    await waitUntil(
      () => lines,
      (seen) => seen.includes('files-not-usable'),
    );
    expect(await nameShown()).to.equal('second');
    write(third);
    await waitUntil(nameShown, (name) => name === 'third');
  });

  it('does not start with one file, a missing one, or a pair that does not belong together', async () => {
    const { HTTP_TLS_CERT_FILE, HTTP_TLS_KEY_FILE } = files;
    expect(() => serversOf({ HTTP_TLS_CERT_FILE }, log)).to.throw(
      'configuration: HTTP_TLS_KEY_FILE is missing',
    );
    expect(() => serversOf({ HTTP_TLS_KEY_FILE }, log)).to.throw(
      'configuration: HTTP_TLS_CERT_FILE is missing',
    );
    const listener = () => {};
    const missing = { ...files, HTTP_TLS_KEY_FILE: join(folder, 'none') };
    expect(() => serversOf(missing, log)({}, listener)).to.throw('none');
    const other = { ...files, HTTP_TLS_KEY_FILE: join(folder, 'other.key') };
    writeFileSync(other.HTTP_TLS_KEY_FILE, (await pair('other')).key);
    expect(() => serversOf(other, log)({}, listener)).to.throw(/key values mismatch/i);
  });
});
