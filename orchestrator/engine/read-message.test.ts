/** What the engine believes: each type on its own topic, from the one who may say it, as its contract says. */
import { expect } from 'chai';
import { encode } from '#protocol/codec.ts';
import type { Envelope, InRecord } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { noticeId, replyId } from '#protocol/ids.ts';
import { type ReplyKeys, SIGNATURE_HEADER, signatureOf } from '#protocol/reply-signature.ts';
import { definition, ORDER_ID } from '../sagas/order/testing/given.ts';
import { ACTION, controlEnvelope, TIMER } from './control.ts';
import { readIncoming } from './read-message.ts';

const CHARGE = `${ORDER_ID}/payment.charge`;

const recordOf = (topic: string, envelope: Envelope, key = ORDER_ID): InRecord => ({
  topic,
  partition: 0,
  offset: 1,
  key,
  value: Buffer.from(encode(envelope)),
  timestamp: 0,
});

const say = (source: string, type: string, data: unknown, id = replyId(CHARGE)): Envelope => ({
  ...controlEnvelope(ORDER_ID, id, type, data, 0),
  source,
  commandid: CHARGE,
});
const charged = (source: string) =>
  say(source, 'payment.charged', { chargeId: 'ch_1', amount: 1, currency: 'EUR' });

const codeOf = (topic: string, envelope: Envelope, key?: string): string =>
  codeOfRecord(recordOf(topic, envelope, key));
const codeOfRecord = (record: InRecord, keys: ReplyKeys | null = null): string => {
  try {
    readIncoming([definition], record, keys);
    return 'taken';
  } catch (error) {
    if (error instanceof TerminalError) return error.code;
    throw error;
  }
};

describe('a message to the engine', () => {
  it('is taken from the participant that may say it, on the topic it belongs to', () => {
    expect(codeOf('payment-completed', charged('/payment'))).to.equal('taken');
    const delayed = say('/payment', 'payment.delayed', { code: 'x', text: 'y' }, noticeId(CHARGE, 1));
    expect(codeOf('saga-replies', delayed)).to.equal('taken');
    const timer = controlEnvelope(ORDER_ID, 'x', TIMER, { name: 't', generation: 1 }, 0);
    expect(codeOf('saga-control', timer)).to.equal('taken');
  });

  it('is refused from another participant, though everything else fits', () => {
    for (const source of ['/inventory', '/orchestrator', '/payment2', 'payment'])
      expect(codeOf('payment-completed', charged(source)), source).to.equal('foreign-source');
    const delayed = say('/shipping', 'payment.delayed', { code: 'x', text: 'y' }, noticeId(CHARGE, 1));
    expect(codeOf('saga-replies', delayed)).to.equal('foreign-source');
  });

  it('on the topic that participants share bears its own participant’s signature, where they have keys', () => {
    const keys = new Map([
      ['payment', ['a key']],
      ['shipping', ['another']],
    ]);
    const declined = recordOf('saga-replies', say('/payment', 'payment.declined', { code: 'x' }));
    const delayed = recordOf('saga-replies', say('/payment', 'payment.delayed', { code: 'x', text: 'y' }));
    for (const record of [declined, delayed]) {
      const signed = (key: string) => ({
        ...record,
        headers: { [SIGNATURE_HEADER]: signatureOf(key, record.value ?? '') },
      });
      expect(codeOfRecord(signed('a key'), keys)).to.equal('taken');
      expect(codeOfRecord(signed('another'), keys)).to.equal('bad-signature');
      expect(codeOfRecord(record, keys)).to.equal('bad-signature');
      expect(codeOfRecord(record)).to.equal('taken');
    }
    // Of the other topics each has one writer.
    expect(codeOfRecord(recordOf('payment-completed', charged('/payment')), keys)).to.equal('taken');
  });

  it('is refused where a participant pretends to be the orchestrator or a person', () => {
    const action = {
      actionId: '00000000-0000-4000-8000-000000000001',
      action: 'compensate',
      revision: 2,
      actor: 'ann',
      reason: 'none',
    };
    const forged = (type: string, data: unknown) => ({
      ...controlEnvelope(ORDER_ID, 'x', type, data, 0),
      source: '/payment',
    });
    expect(codeOf('saga-control', forged(ACTION, action))).to.equal('foreign-source');
    expect(codeOf('saga-control', forged(TIMER, { name: 't', generation: 1 }))).to.equal('foreign-source');
  });

  it('is refused on another topic, under another key, and with data its contract does not know', () => {
    expect(codeOf('saga-replies', charged('/payment'))).to.equal('unknown-type');
    expect(codeOf('payment-completed', charged('/payment'), 'another')).to.equal('wrong-key');
    expect(codeOf('payment-completed', say('/payment', 'payment.charged', { amount: 'much' }))).to.equal(
      'invalid-data',
    );
  });
});
