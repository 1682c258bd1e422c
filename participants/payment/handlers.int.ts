/** With the gateway `none` every command is answered in its own transaction, and only once. */
import { expect } from 'chai';
import { newSaga, Published, runBatch } from '../harness/testing/commands.ts';
import { openTestDatabase, type TestDatabase } from '../harness/testing/database.ts';
import type { InRecord } from '../wire/envelope.ts';
import { paymentParticipant } from './handlers.ts';
import { PAYMENT_TABLES } from './intent.ts';
import { charge, chargeId, takeBack } from './testing.ts';

describe('payment without an outside world', () => {
  let database: TestDatabase;
  const participant = paymentParticipant({ gateway: 'none' });

  before(async () => {
    database = await openTestDatabase(...PAYMENT_TABLES.map(({ name }) => name));
  });
  after(() => database.close());

  const run = (publisher: Published, ...records: InRecord[]) =>
    runBatch({ participant, db: database.db, publisher }, records);

  it('charges, and a command that comes again gets the same reply, byte for byte', async () => {
    const out = new Published();
    const saga = newSaga();
    await run(out, charge(saga));
    await run(out, charge(saga));
    expect(out.types(saga)).to.deep.equal(['payment.charged', 'payment.charged']);
    expect(out.messages[0]?.topic).to.equal('payment-completed');
    expect(out.messages[0]?.value).to.equal(out.messages[1]?.value);
    const intents = await database.db.query('SELECT 1 FROM payment.intents WHERE saga_id = $1::uuid', saga);
    expect(intents).to.have.length(1);
  });

  it('declines, and the undo of a declined charge finds it refused', async () => {
    const out = new Published();
    const saga = newSaga();
    await run(out, charge(saga, { method: 'pm_card_chargeDeclined' }), takeBack('payment.refund', saga));
    expect(out.types(saga)).to.deep.equal(['payment.declined', 'payment.refunded']);
    expect(out.of(saga)[1]?.data).to.deep.equal({ found: { [chargeId(saga)]: 'refused' } });
  });

  it('refunds once: a second undo finds it undone and changes nothing', async () => {
    const out = new Published();
    const saga = newSaga();
    await run(out, charge(saga), takeBack('payment.refund', saga));
    const undoneAt = () =>
      database.db.query<{ at: Date }>(
        'SELECT undone_at AS at FROM payment.intents WHERE saga_id = $1::uuid',
        saga,
      );
    const [first] = await undoneAt();
    await run(out, takeBack('payment.refund', saga, { nth: 2 }));
    expect(
      out
        .of(saga)
        .slice(1)
        .map((one) => one.data),
    ).to.deep.equal([{ found: { [chargeId(saga)]: 'undone' } }, { found: { [chargeId(saga)]: 'undone' } }]);
    expect(first?.at).to.be.instanceOf(Date);
    expect(await undoneAt()).to.deep.equal([first]);
  });

  it('forbids a charge whose undo came first', async () => {
    const out = new Published();
    const saga = newSaga();
    await run(out, takeBack('payment.refund', saga), charge(saga));
    expect(out.of(saga).map(({ type, data }) => ({ type, data }))).to.deep.equal([
      { type: 'payment.refunded', data: { found: { [chargeId(saga)]: 'void' } } },
      { type: 'payment.declined', data: { code: 'voided' } },
    ]);
  });

  it('voids nothing that is done: it says so', async () => {
    const out = new Published();
    const saga = newSaga();
    await run(out, charge(saga), takeBack('payment.void', saga, { charges: [1, 2] }));
    expect(out.of(saga)[1]?.data).to.deep.equal({
      found: { [chargeId(saga)]: 'done', [chargeId(saga, 2)]: 'void' },
    });
  });

  it('approves an amount of 0 whatever the method', async () => {
    const out = new Published();
    const saga = newSaga();
    await run(out, charge(saga, { amount: 0, method: 'pm_card_chargeDeclined' }));
    expect(out.types(saga)).to.deep.equal(['payment.charged']);
  });
});
