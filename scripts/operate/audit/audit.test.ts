/** `npm run audit` against registries that answer well, badly, and not at all: it passes only where one knows and says nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';

const MAIN = join(import.meta.dirname, 'main.ts');
const ADVISORY = {
  id: 1,
  url: 'https://advisories.example/1',
  title: 'A vulnerability',
  severity: 'high',
  vulnerable_versions: '*',
  cwe: [],
  cvss: { score: 8, vectorString: null },
};

describe('npm run audit', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  const audited = async (listener: RequestListener | null) => {
    server = createServer(listener ?? (() => {})).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (listener === null) await new Promise<void>((resolve) => void server?.close(() => resolve()));
    const child = spawn(process.execPath, [MAIN], {
      env: { ...process.env, npm_config_registry: registry, npm_config_fetch_retries: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ]);
    return { code, out, err };
  };
  /** Answers with the advisories of the packages that it knows. */
  const knowing =
    (...names: string[]): RequestListener =>
    async (request, response) => {
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') {
        // npm reads what it would update to.
        const name = decodeURIComponent(request.url?.slice(1) ?? '');
        const versions = { '1.0.0': { name, version: '1.0.0' } };
        return void response.end(JSON.stringify({ name, versions, 'dist-tags': { latest: '1.0.0' } }));
      }
      const sent = await buffer(request);
      const asText = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
      const wanted = Object.keys(sent.length === 0 ? {} : JSON.parse(asText.toString()));
      const known = wanted.filter((name) => names.includes(name));
      response.end(
        JSON.stringify(
          Object.fromEntries(
            known.map((name) => [
              name,
              [{ ...ADVISORY, vulnerable_versions: name === 'lodash' ? '<4.17.12' : '*' }],
            ]),
          ),
        ),
      );
    };

  it('passes where the registry knows vulnerabilities, and none of ours', async () => {
    const { code, err } = await audited(knowing('lodash'));
    expect(code, err).to.equal(0);
    expect(err).to.match(/^\d{3,} packages, 0 with known vulnerabilities/m);
  });

  it('fails where it knows some of ours', async () => {
    const { code, out, err } = await audited(knowing('lodash', 'express'));
    expect(code, err).to.equal(1);
    expect(out).to.match(/^high: express /m);
  });

  for (const [what, listener] of [
    ['does not answer', null],
    ['knows nothing at all', knowing()],
    ['has no such path', (_request, response) => void response.writeHead(404).end('{}')],
    ['answers with a page', (_request, response) => void response.writeHead(200).end('<html>')],
  ] as Array<[string, RequestListener | null]>) {
    it(`says NOT AUDITED, with an exit code of its own, where the registry ${what}`, async () => {
      const { code, err } = await audited(listener);
      expect(code, err).to.equal(3);
      expect(err).to.include('NOT AUDITED');
    });
  }
});
