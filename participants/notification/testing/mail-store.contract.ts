/** The contract of the mails' store, on PostgreSQL and in memory. */
import { expect } from 'chai';
import { newSaga } from '#runtime/testing/commands.ts';
import type { Letter } from '../letter.ts';
import type { Outcome } from '../store.ts';
import type { Handed } from '../transport.ts';
import type { MailBench } from './bench.ts';

const LATER: Handed = { state: 'deferred', answer: '451 later' };

/** @param open opens a bench in which no mail is due in the first minute of 1970 */
export function mailStoreContract(name: string, open: () => Promise<MailBench>): void {
  describe(`the store of mails ${name}`, () => {
    let bench: MailBench;
    before(async () => {
      bench = await open();
    });
    after(() => bench.close());

    const at = (ms: number) => new Date(ms);
    const letter = (orderId = newSaga()): Letter => ({
      eventId: `${orderId}/order.completed`,
      orderId,
      at: at(1_000),
      to: 'zoë@example.org',
      subject: 'Your order "1"',
      text: 'Hello,\n\nZoë \\ 🎁\n',
    });
    const outcome = (handed: Handed, about = letter()): Outcome => ({ letter: about, handed });
    const row = ({ letter: { eventId, orderId, to }, handed }: Outcome) => ({
      eventId,
      orderId,
      recipient: to,
      state: handed.state,
      answer: handed.state === 'sent' ? null : handed.answer,
      letter: null,
      nextTryAt: null,
    });
    const idsOf = (claimed: ReadonlyArray<{ letter: Letter }>) => claimed.map((one) => one.letter.eventId);

    it('keeps the outcome of a mail, and the letter of a deferred one alone', async () => {
      const sent = outcome({ state: 'sent' });
      const refused = outcome({ state: 'refused', answer: '550 nobody' });
      const deferred = outcome(LATER);
      await bench.store.insertMails([sent, refused, deferred], at(5), at(9_000_000));
      const first = { at: at(5), attempts: 1 };
      expect(await bench.mail(sent.letter.eventId)).to.deep.equal({ ...row(sent), ...first });
      expect(await bench.mail(refused.letter.eventId)).to.deep.equal({ ...row(refused), ...first });
      expect(await bench.mail(deferred.letter.eventId)).to.deep.equal({
        ...row(deferred),
        ...first,
        letter: deferred.letter,
        nextTryAt: at(9_000_000),
      });
    });

    it('lists the events that have a row, whatever the outcome', async () => {
      const [sent, refused] = [outcome({ state: 'sent' }), outcome({ state: 'refused', answer: 'no' })];
      await bench.store.insertMails([sent, refused], at(5), at(6));
      const ids = [sent, refused].map((one) => one.letter.eventId);
      expect(await bench.store.knownMails([...ids, letter().eventId])).to.deep.equal(new Set(ids));
      expect(await bench.store.knownMails([])).to.deep.equal(new Set());
    });

    it('keeps the first row of an event', async () => {
      const about = letter();
      await bench.store.insertMails([outcome({ state: 'sent' }, about)], at(5), at(6));
      await bench.store.insertMails([outcome(LATER, about), outcome({ state: 'sent' })], at(7), at(8));
      await bench.store.insertMails([], at(7), at(8));
      expect(await bench.mail(about.eventId)).to.deep.include({ state: 'sent', at: at(5), nextTryAt: null });
    });

    it('claims due mails for one caller, oldest first, until the lease ends', async () => {
      const due = [outcome(LATER), outcome(LATER), outcome(LATER)] as const;
      for (const [i, one] of due.entries())
        await bench.store.insertMails([one], at(i), at(3_000 - i * 1_000));
      const ids = idsOf(due);
      expect(await bench.store.claimDeferred(at(999), at(60_000), 10)).to.deep.equal([]);
      const [first] = await bench.store.claimDeferred(at(2_000), at(60_000), 1);
      expect(first).to.deep.equal({ letter: due[2].letter, attempts: 1, firstAt: at(2) });
      expect(idsOf(await bench.store.claimDeferred(at(2_000), at(60_000), 10))).to.deep.equal([ids[1]]);
      expect(await bench.store.claimDeferred(at(2_000), at(60_000), 10)).to.deep.equal([]);
      const all = idsOf(await bench.store.claimDeferred(at(60_000), at(9_000_000), 10));
      expect(new Set(all)).to.deep.equal(new Set(ids));
    });

    it('counts attempts, and ends them once a mail is sent or refused', async () => {
      const about = letter();
      await bench.store.insertMails([outcome(LATER, about)], at(5), at(9_000_000));
      const again: Handed = { state: 'deferred', answer: '452 full' };
      await bench.store.noteAttempt(outcome(again, about), at(9_500_000));
      expect(await bench.mail(about.eventId)).to.deep.include({
        state: 'deferred',
        attempts: 2,
        answer: '452 full',
        letter: about,
        nextTryAt: at(9_500_000),
      });
      await bench.store.noteAttempt(outcome({ state: 'sent' }, about), at(1));
      const taken = { ...row(outcome({ state: 'sent' }, about)), answer: '452 full', attempts: 3, at: at(5) };
      expect(await bench.mail(about.eventId)).to.deep.equal(taken);
      await bench.store.noteAttempt(outcome(again, about), at(1));
      expect(await bench.mail(about.eventId), 'what is done stays done').to.deep.equal(taken);
    });
  });
}
