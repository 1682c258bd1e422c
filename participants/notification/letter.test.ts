import { expect } from 'chai';
import type { TerminalError } from '#protocol/errors.ts';
import { newSaga, recordOf } from '#runtime/testing/commands.ts';
import { renderEml } from './eml.ts';
import { receiveEnd } from './event.ts';
import { pathOf } from './files.ts';
import { addressOf, letterAbout } from './letter.ts';
import { aboutThisMail } from './smtp.ts';
import { endRecord } from './testing/ends.ts';

const orderId = '019ab000-0000-7000-8000-000000000001';
const completed = (changes: object = {}) =>
  letterAbout(receiveEnd(endRecord(orderId, 'order.completed', changes)));
const failed = (changes: object = {}) => letterAbout(receiveEnd(endRecord(orderId, 'order.failed', changes)));

describe('a letter', () => {
  it('about a completed order lists its items and the amount paid', () => {
    const letter = completed({ charged: 2000, shipmentId: 'shp_1' });
    expect(letter.to).to.equal('ann@customers.invalid');
    expect(letter.subject).to.equal(`Your order ${orderId} is on its way`);
    expect(letter.text).to.contain(orderId).and.contain('2 x coffee-beans').and.contain('1 x espresso-cup');
    expect(letter.text).to.contain('EUR 20.00 (EUR 24.90 less EUR 4.90 discount)').and.contain('shp_1');
    expect(completed().text).to.contain('EUR 24.90').and.not.contain('discount');
  });

  it('about a failed order names the reason', () => {
    const text = 'coffee-beans is sold out, and 2 were ordered.';
    expect(failed({ reason: 'inventory.refused', text }).text).to.contain(`not in stock: ${text}\n`);
    expect(failed({ reason: 'payment.declined' }).text).to.contain('Your payment was declined.\n');
    expect(failed({ reason: 'charge.timed-out' }).text).to.contain('took us too long');
    expect(failed({ reason: 'cancelled-by-customer' }).text).to.contain('The reason: cancelled-by-customer.');
  });

  it('goes to the customer id where it is an address, else to no mailbox', () => {
    expect(addressOf('ann@example.org')).to.equal('ann@example.org');
    for (const id of [
      "mary.o'neill@example.com",
      'ann+shop@example.co.uk',
      'root/dept=a@sub.example.org',
      '!#$%&*?^_`{|}~@example.org',
      'ann@xn--bcher-kva.example',
    ]) {
      expect(addressOf(id), id).to.equal(id);
    }
    expect(addressOf('ann@bücher.example')).to.equal('ann@xn--bcher-kva.example');
    expect(addressOf('jürgen@exämple.example')).to.equal('jürgen@xn--exmple-cua.example');
    expect(addressOf('ju\u0308rgen@example.org'), 'one spelling').to.equal('j\u00fcrgen@example.org');
    expect(addressOf('用户@例え.example')).to.equal('用户@xn--r8jz45g.example');
    expect(addressOf('customer-1')).to.equal('customer-1@customers.invalid');
    for (const id of [
      'a b',
      'x\r\nBcc: eve@example.org',
      'a@b@c',
      '<a@b.c>',
      'a..b@example.org',
      '.a@example.org',
      'a.@example.org',
      'a@-x.org',
      'a@example',
      'a@127.0.0.1',
      '"a b"@example.org',
      'a@example.org,eve@example.org',
      `${'x'.repeat(65)}@example.org`,
      'Größe(1)',
      'jür gen@example.org',
      'jür\u202egen@example.org',
      'jürgen\u200b@example.org',
      'jürgen＠example.org',
      `${'ü'.repeat(33)}@example.org`,
      'jürgen@exa\u0000mple.org',
    ]) {
      expect(addressOf(id), id).to.match(/^[\w.!~*'%-]+@customers\.invalid$/);
    }
  });

  it('shows amounts in the minor units of ISO 4217', () => {
    expect(completed({ amount: 500_000, charged: 500_000, currency: 'HUF' }).text).to.contain('HUF 5,000\n');
  });
});

describe('a mail', () => {
  it('renders to the same bytes, under the event’s id', () => {
    const text = renderEml(completed(), 'shop@example.org');
    expect(renderEml(completed(), 'shop@example.org')).to.equal(text);
    expect(text).to.match(
      new RegExp(`^Message-ID:\\s+<${orderId}\\.order\\.completed@orders\\.invalid>\r$`, 'm'),
    );
    expect(text).to.match(/^Date: Sun, 22 Nov 2026 10:00:00 \+0000\r$/m);
  });

  it('is seven-bit with short lines, and lets no text inject a header', () => {
    const long = 'ß'.repeat(300);
    const text = renderEml(
      failed({ reason: 'x', text: `${long}\r\nBcc: eve@example.org` }),
      'shop@example.org',
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: matches every other character
    expect(text).not.to.match(/[^\x00-\x7f]/);
    expect(Math.max(...text.split('\r\n').map((line) => line.length))).to.be.at.most(78);
    const [head = ''] = text.split('\r\n\r\n');
    expect(head.toLowerCase()).not.to.contain('bcc');
  });

  it('is stored in a folder of its hour, under its event’s name', () => {
    expect(pathOf('/m', completed())).to.equal(`/m/2026-11-22/10/${orderId}.order.completed.eml`);
  });
});

describe('an event', () => {
  const other = newSaga();
  for (const [what, code, record] of [
    ['another type', 'unknown-type', endRecord(orderId, 'order.created')],
    ['another order’s key', 'wrong-key', { ...endRecord(orderId, 'order.failed'), key: other }],
    [
      'a key that is no UTF-8',
      'wrong-key',
      { ...endRecord(orderId, 'order.failed'), keyBytes: Buffer.from([0xff]) },
    ],
    [
      'an id of another event',
      'invalid-data',
      endRecord(orderId, 'order.failed', {}, { id: `${other}/order.failed` }),
    ],
    ['data against the contract', 'invalid-data', endRecord(orderId, 'order.failed', { items: 'many' })],
    ['no JSON', 'not-json', recordOf('order-failed', orderId, 'x')],
  ] as const) {
    it(`is refused: ${what}`, () => {
      expect(() => receiveEnd(record))
        .to.throw()
        .that.satisfies((error: TerminalError) => error.code === code, `code ${code}`);
    });
  }
});

describe('an answer of the mail server', () => {
  const answer = (command: string | undefined, responseCode: number | undefined) =>
    aboutThisMail(Object.assign(new Error('said so'), { command, responseCode }))?.state ?? null;

  it('to the recipient or the text concerns this mail', () => {
    expect([answer('RCPT TO', 550), answer('DATA', 554)]).to.deep.equal(['refused', 'refused']);
    expect([answer('RCPT TO', 450), answer('DATA', 451)]).to.deep.equal(['deferred', 'deferred']);
  });

  it('that permits no such letters concerns this mail, at the sender too', () => {
    const error = Object.assign(new Error('said so'), {
      command: 'MAIL FROM',
      responseCode: 553,
      response: '553 5.6.7 Non-ASCII addresses not permitted',
    });
    expect(aboutThisMail(error)?.state).to.equal('refused');
  });

  it('to anything else, or none, is an outage', () => {
    const others = [answer('AUTH PLAIN', 535), answer('MAIL FROM', 550), answer('CONN', undefined)];
    const away = [answer(undefined, undefined), answer('RCPT TO', 421), answer('RCPT TO', undefined)];
    expect([...others, ...away]).to.deep.equal([null, null, null, null, null, null]);
  });
});
