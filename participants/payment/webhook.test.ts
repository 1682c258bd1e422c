/** Webhooks over TLS of the port's own: signed events are taken, plain ones are not, and a rotated certificate is shown. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { expect } from 'chai';
import { generate } from 'selfsigned';
import Stripe from 'stripe';
import { serversOf } from '#platform/http/tls.ts';
import { silent } from '#platform/process/log.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import type { Inspector } from './inspect.ts';
import { openWebhook, WEBHOOK_PATH } from './webhook.ts';

const SECRET = 'whsec_of_a_test';
/** It names no payment, so that nothing is inspected. */
const EVENT = JSON.stringify({
  id: 'evt_1',
  object: 'event',
  type: 'refund.updated',
  data: { object: { object: 'customer', id: 'cus_1' } },
});

describe('the port for webhooks, with TLS of its own', () => {
  const folder = mkdtempSync(join(tmpdir(), 'webhook-'));
  const files = {
    GATEWAY_WEBHOOK_TLS_CERT_FILE: join(folder, 'tls.crt'),
    GATEWAY_WEBHOOK_TLS_KEY_FILE: join(folder, 'tls.key'),
  };
  let ca: string;
  let webhook: Awaited<ReturnType<typeof openWebhook>>;

  const write = async (name: string) => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    writeFileSync(files.GATEWAY_WEBHOOK_TLS_KEY_FILE, key);
    writeFileSync(files.GATEWAY_WEBHOOK_TLS_CERT_FILE, cert);
    ca = cert;
  };
  before(async () => {
    await write('first');
    webhook = await openWebhook({
      host: '127.0.0.1',
      port: 0,
      createServer: serversOf(files, silent, 'GATEWAY_WEBHOOK'),
      secrets: () => [SECRET],
      inspector: {} as Inspector,
      log: silent,
    });
  });
  after(async () => {
    await webhook.close();
    rmSync(folder, { recursive: true });
  });

  /** The status of an event sent over TLS by a client that trusts the present authority, and the name it was shown. */
  const sent = () =>
    new Promise<[number | undefined, unknown]>((resolve, reject) => {
      const timestamp = Math.floor(Date.now() / 1000);
      const signature = Stripe.webhooks.generateTestHeaderString({
        payload: EVENT,
        secret: SECRET,
        timestamp,
      });
      const options = { method: 'POST', ca, agent: false, headers: { 'stripe-signature': signature } };
      request(`https://127.0.0.1:${webhook.port}${WEBHOOK_PATH}`, options, (answer) => {
        const { subject } = (answer.socket as TLSSocket).getPeerCertificate();
        answer.resume().once('end', () => resolve([answer.statusCode, subject.CN]));
      })
        .once('error', reject)
        .end(EVENT);
    });

  it('takes a signed event', async () => expect(await sent()).to.deep.equal([200, 'first']));

  it('takes none over plain HTTP', async () => {
    const plain = `http://127.0.0.1:${webhook.port}${WEBHOOK_PATH}`;
    const refused = await fetch(plain, { method: 'POST', body: EVENT }).catch(
      (error: Error) => error.message,
    );
    expect(refused).to.equal('fetch failed');
  });

  it('shows a rotated certificate within seconds', async () => {
    await write('second');
    await waitUntil(
      () => sent().catch(() => []),
      ([status, name]) => status === 200 && name === 'second',
    );
  });

  it('does not open with one of the two files', () => {
    const { GATEWAY_WEBHOOK_TLS_CERT_FILE } = files;
    expect(() => serversOf({ GATEWAY_WEBHOOK_TLS_CERT_FILE }, silent, 'GATEWAY_WEBHOOK')).to.throw(
      'configuration: GATEWAY_WEBHOOK_TLS_KEY_FILE is missing',
    );
  });
});
