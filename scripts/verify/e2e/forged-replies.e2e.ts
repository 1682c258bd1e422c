/** A participant's refusal on the topic that all share: believed from its own participant, never from another. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import { encode } from '#protocol/codec.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';
import { SIGNATURE_HEADER, signatureOf } from '#protocol/reply-signature.ts';
import { DEAD_LETTERS, SAGA_REPLIES } from '#protocol/topics.ts';
import { kafkaSecurityOf } from '#scripts/run/stack/secure/connections.ts';
import { writeReplyKeys } from '#scripts/run/stack/secure/reply-keys.ts';
import { passwordFile, passwordOf } from '#scripts/run/stack/secure/secrets.ts';
import { stackDown } from '#scripts/run/stack/stack.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { readTopics } from './kafka.ts';
import { ORDER_PROCESSES, openShop, type Shop } from './shop.ts';

const stack = 'test-secure-forged';
const options = { stack, secure: true, only: ORDER_PROCESSES, gateway: 'none' } as const;
describe('a refusal in another participant’s name', function () {
  this.timeout(300_000);
  let shop: Shop;
  before(async () => {
    shop = await openShop('forged', options);
  });
  after(async () => {
    await shop?.stop();
    await stackDown(stack, { wipe: true });
  });

  /** Places an order while payment is away: its charge has been commanded, and nobody has answered. */
  const unanswered = async (at: Shop): Promise<{ id: string; charge: Envelope }> => {
    await at.system.end('payment');
    const id = await at.place({});
    const charge = await waitUntil(
      async () => {
        const records = await readTopics(at.system.addresses.kafka, at.prefix, ['payment-requested']);
        return records.map(({ value }) => JSON.parse(String(value)) as Envelope);
      },
      (commands) => commands.some(({ subject }) => subject === id),
      { what: 'the command to charge' },
    ).then((commands) => commands.find(({ subject }) => subject === id) as Envelope);
    return { id, charge };
  };
  const declined = (charge: Envelope): OutMessage => ({
    topic: SAGA_REPLIES,
    key: charge.subject,
    value: encode({
      specversion: '1.0',
      id: replyId(charge.id),
      type: 'payment.declined',
      source: '/payment',
      time: new Date().toISOString(),
      subject: charge.subject,
      datacontenttype: 'application/json',
      commandid: charge.id,
      data: { code: 'forged' },
    }),
  });
  /** Publishes as shipping, which may write the topic. */
  const publishAsShipping = async (at: Shop, messages: readonly OutMessage[]) => {
    const publisher = await openPublisher({
      brokers: at.system.addresses.kafka,
      prefix: at.prefix,
      clientId: 'shipping',
      security: kafkaSecurityOf(stack, 'shipping'),
      settings: ORDER_PRODUCER,
      log: silent,
    });
    await publisher.publish(messages);
    await publisher.close();
  };
  const letters = (at: Shop) => readTopics(at.system.addresses.kafka, at.prefix, [DEAD_LETTERS]);

  it('is a dead letter with its reason, and the true answer counts', async () => {
    const { id, charge } = await unanswered(shop);
    const forged = declined(charge);
    const own = signatureOf(passwordOf(stack, 'replies', 'shipping'), forged.value);
    await publishAsShipping(shop, [forged, { ...forged, headers: { [SIGNATURE_HEADER]: own } }]);
    const parked = await waitUntil(
      () => letters(shop),
      (some) => some.length >= 2,
      { what: 'the dead letters' },
    );
    expect(parked.map(({ value }) => String(value))).to.deep.equal([forged.value, forged.value]);
    expect(parked.map(({ headers }) => `${headers['reason']}: ${headers['text']}`)).to.have.members([
      'bad-signature: it claims to be from payment, and bears no signature',
      'bad-signature: it claims to be from payment, whose key did not sign it',
    ]);
    expect((await shop.order(id)).status).to.equal('running');
    await shop.system.restart('payment');
    const [order] = await shop.ended([id], 60_000);
    expect(order?.status).to.equal('completed');
  });

  it('counts from its own participant, as do the answers to the undos, while a key is replaced', async () => {
    const before = (await letters(shop)).length;
    const failed = async () => {
      const [order] = await shop.ended([await shop.place({ country: 'AQ' })], 60_000);
      expect(order).to.include({ status: 'failed', reason: 'shipping.refused' });
    };
    const timesRead = (name: string) =>
      readFileSync(join(shop.system.logs, `${name}.log`), 'utf8').split('"files-read-again"').length;
    const andIsRead = async (name: string, change: () => void) => {
      const seen = timesRead(name);
      change();
      await waitUntil(
        () => timesRead(name),
        (now) => now > seen,
        { what: `the keys of ${name}` },
      );
      await failed();
    };
    await failed();
    const next = 'another-key-of-payment-that-is-long-enough';
    await andIsRead('engine', () => void writeReplyKeys(stack, [`payment ${next}`]));
    await andIsRead('payment', () => writeFileSync(passwordFile(stack, 'replies', 'payment'), next));
    await andIsRead('engine', () => void writeReplyKeys(stack));
    expect(await letters(shop)).to.have.length(before);
  });

  it('would count where nobody signs: the topic’s writers are trusted then', async () => {
    const trusting = await openShop('trusting', {
      ...options,
      environmentFor: { engine: { REPLY_KEYS_FILE: '' } },
    });
    try {
      const { id, charge } = await unanswered(trusting);
      await publishAsShipping(trusting, [declined(charge)]);
      const [order] = await trusting.ended([id], 60_000);
      expect(order).to.include({ status: 'failed', reason: 'payment.declined' });
    } finally {
      await trusting.stop();
    }
  });
});
