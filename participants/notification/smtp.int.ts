/** Mails through a real SMTP server that refuses some, defers some, and stops. */
import { expect } from 'chai';
import { silent } from '#platform/process/log.ts';
import { newSaga, Published } from '#runtime/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { orderEventHandler } from './handle-order-events.ts';
import { processedEventsIn } from './processed-events.ts';
import { FIRST_RETRY_MS, retryDeferred } from './retry-deferred.ts';
import { smtpTransport } from './smtp.ts';
import { mailStore } from './sql-store.ts';
import { endRecord } from './testing/ends.ts';
import { type MailServer, startMailServer } from './testing/mail-server.ts';
import type { MailTransport } from './transport.ts';

describe('notification, through SMTP', () => {
  let test: TestDatabase;
  let server: MailServer;
  let transport: MailTransport;
  before(async () => {
    test = await openTestDatabase();
  });
  beforeEach(async () => {
    server = await startMailServer();
    transport = smtpTransport(server.url, 'shop@example.org');
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });
  after(() => test?.close());

  const open = () =>
    orderEventHandler({
      mails: mailStore(test.db),
      publisher: new Published(),
      transport,
      processed: processedEventsIn(null, silent),
      log: silent,
      now: () => Date.now(),
    });
  const mailsOf = (...ids: string[]) =>
    test.db.query<{ state: string; answer: string | null; attempts: number }>(
      'SELECT state, answer, attempts FROM notification.mails WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id',
      ids,
    );

  it('sends one mail an event, with the event’s id', async () => {
    const ids = Array.from({ length: 30 }, newSaga);
    const records = ids.map((id) => endRecord(id, 'order.completed'));
    const { handleOrderEvents } = open();
    await (await handleOrderEvents(records)).published;
    await (await handleOrderEvents(records)).published;
    const sentIds = server.accepted.map((text) => /^Message-ID:\s+<(\S+)@orders\.invalid>/m.exec(text)?.[1]);
    expect(sentIds.sort()).to.deep.equal(ids.map((id) => `${id}.order.completed`).sort());
    expect(server.accepted[0]).to.contain('2 x coffee-beans');
  });

  it('records a refused recipient, and sends the rest', async () => {
    const [gone, here] = [newSaga(), newSaga()].sort() as [string, string];
    server.answers.set('gone@example.org', 550);
    const { handleOrderEvents, paused } = open();
    const records = [
      endRecord(gone, 'order.failed', { customerId: 'gone@example.org' }),
      endRecord(here, 'order.completed'),
    ];
    await (await handleOrderEvents(records)).published;
    const [refused, sent] = await mailsOf(gone, here);
    expect(refused).to.deep.include({ state: 'refused' });
    expect(refused?.answer).to.contain('550');
    expect(sent?.state).to.equal('sent');
    expect(paused()).to.equal(false);
  });

  describe('to an address whose local part is not ASCII', () => {
    const customerId = 'jürgen@exämple.example';
    const sendOne = async () => {
      const id = newSaga();
      const record = endRecord(id, 'order.completed', { customerId });
      const { handleOrderEvents, paused } = open();
      await (await handleOrderEvents([record])).published;
      await (await handleOrderEvents([record])).published;
      expect(paused()).to.equal(false);
      return (await mailsOf(id))[0];
    };

    it('sends where the server announces SMTPUTF8', async () => {
      expect(await sendOne()).to.include({ state: 'sent', attempts: 1 });
      // The server shows the domain's ASCII form as it reads.
      expect(server.recipients).to.deep.equal([{ address: customerId, isUtf8: true }]);
      expect(server.accepted[0]).to.match(/^To:\s+jürgen@(exämple|xn--exmple-cua)\.example\r$/m);
    });

    it('records it as refused where the server does not, and sends to nobody', async () => {
      await transport.close();
      await server.close();
      server = await startMailServer(0, { smtpUtf8: false });
      transport = smtpTransport(server.url, 'shop@example.org');
      const mail = await sendOne();
      expect(mail).to.include({ state: 'refused', attempts: 1 });
      expect(mail?.answer).to.contain('SMTPUTF8');
      expect(server.recipients).to.deep.equal([]);
    });

    it('records a refused recipient, and defers one that the server puts off', async () => {
      server.answers.set(customerId, 553);
      expect(await sendOne()).to.include({ state: 'refused' });
      server.answers.set(customerId, 452);
      expect(await sendOne()).to.include({ state: 'deferred' });
    });
  });

  it('retries a deferred mail later, and sends the others at once', async () => {
    const [full, here] = [newSaga(), newSaga()].sort() as [string, string];
    server.answers.set('full@example.org', 452);
    const records = [
      endRecord(full, 'order.completed', { customerId: 'full@example.org' }),
      endRecord(here, 'order.completed'),
    ];
    await (await open().handleOrderEvents(records)).published;
    expect((await mailsOf(full, here)).map(({ state }) => state)).to.deep.equal(['deferred', 'sent']);

    const retry = (afterMs: number) =>
      retryDeferred({ mails: mailStore(test.db), transport, log: silent, now: () => Date.now() + afterMs });
    await retry(FIRST_RETRY_MS / 2);
    expect(await mailsOf(full), 'not due yet').to.deep.include.members([
      { ...(await mailsOf(full))[0], attempts: 1 },
    ]);
    await retry(FIRST_RETRY_MS * 2);
    expect((await mailsOf(full))[0]).to.include({ state: 'deferred', attempts: 2 });
    server.answers.clear();
    await retry(FIRST_RETRY_MS * 20);
    expect((await mailsOf(full))[0]).to.include({ state: 'sent', attempts: 3 });
    expect(server.accepted.filter((text) => text.includes('full@example.org'))).to.have.length(1);
  });

  it('gives up a mail that the server has deferred for two days', async () => {
    const id = newSaga();
    server.answers.set('never@example.org', 451);
    await (
      await open().handleOrderEvents([endRecord(id, 'order.completed', { customerId: 'never@example.org' })])
    ).published;
    await retryDeferred({
      mails: mailStore(test.db),
      transport,
      log: silent,
      now: () => Date.now() + 49 * 3_600_000,
    });
    expect((await mailsOf(id))[0]).to.deep.include({ state: 'refused', attempts: 2 });
  });

  it('pauses its consumer while the server is down, and sends once it is up again', async () => {
    const { port } = server;
    await server.close();
    const id = newSaga();
    const { handleOrderEvents, paused } = open();
    const first = await handleOrderEvents([endRecord(id, 'order.completed')]);
    // The same record again, as after a rebalance: it waits for the first and sends nothing itself.
    const again = await handleOrderEvents([endRecord(id, 'order.completed')]);
    expect(paused()).to.equal(true);
    expect(await mailsOf(id)).to.deep.equal([]);
    server = await startMailServer(port);
    await Promise.all([first.published, again.published]);
    expect(paused()).to.equal(false);
    expect((await mailsOf(id)).map(({ state }) => state)).to.deep.equal(['sent']);
    await waitUntil(
      () => server.accepted.length,
      (accepted) => accepted === 1,
    );
  });
});
