/** The contract of a batch, on PostgreSQL and in memory: each effect happens once, a bad command is parked alone. */
import { expect } from 'chai';
import type { ToyBench } from './bench.ts';
import { newSaga, Published, recordOf, runBatch } from './commands.ts';
import { POISON, redeem, redeemId, restore, toy } from './toy.ts';

/** @param open opens an empty unit of work */
export function batchContract(name: string, open: () => Promise<ToyBench>): void {
  describe(`a batch of commands ${name}`, () => {
    let bench: ToyBench;
    let out: Published;
    const participant = toy();
    before(async () => {
      bench = await open();
    });
    beforeEach(() => {
      out = new Published();
    });
    after(() => bench.close());
    const run = (...records: Parameters<typeof runBatch>[1][number][]) =>
      runBatch({ participant, unitOfWork: bench.unitOfWork, publisher: out }, records);

    it('repeats the recorded reply byte for byte, and has one effect', async () => {
      const saga = newSaga();
      await run(redeem(saga));
      await run(redeem(saga), redeem(newSaga()));
      await run(redeem(saga), redeem(saga));
      const values = out.messages.filter(({ key }) => key === saga).map(({ value }) => value);
      expect(values).to.have.length(4);
      expect(new Set(values)).to.have.length(1);
      expect(await bench.effects()).to.have.property(redeemId(saga), false);
    });

    it('refuses a command whose undo came first, always with the same bytes', async () => {
      const saga = newSaga();
      await run(restore(saga));
      await run(redeem(saga));
      await run(redeem(saga));
      expect(out.types(saga)).to.deep.equal(['coupon.restored', 'coupon.refused', 'coupon.refused']);
      const [undone, refused] = out.of(saga);
      expect(undone?.data).to.deep.equal({ found: { [redeemId(saga)]: 'not-executed' } });
      expect(refused?.data).to.deep.equal({ code: 'revoked' });
      expect(out.messages[1]?.value).to.equal(out.messages[2]?.value);
      expect(await bench.effects()).not.to.have.property(redeemId(saga));
    });

    it('keeps the order of a saga’s commands within a batch', async () => {
      const saga = newSaga();
      await run(redeem(saga), redeem(newSaga()), restore(saga), redeem(saga, { nth: 2 }));
      expect(out.types(saga)).to.deep.equal(['coupon.redeemed', 'coupon.restored', 'coupon.redeemed']);
      expect(await bench.effects()).to.include({ [redeemId(saga)]: true, [redeemId(saga, 2)]: false });
    });

    it('parks the one command that the database refuses, gives a notice, and decides the rest', async () => {
      const sagas = Array.from({ length: 9 }, newSaga);
      const bad = sagas[4] ?? '';
      await run(...sagas.map((saga) => redeem(saga, { amount: saga === bad ? POISON : 5 })));
      expect(out.parked()).to.deep.equal(['refused-by-database']);
      expect(out.types(bad)).to.deep.equal(['coupon.parked']);
      expect(out.of(bad)[0]).to.include({ commandid: redeemId(bad), topic: 'saga-replies' });
      const answered = sagas.filter((saga) => out.types(saga)[0] === 'coupon.redeemed');
      expect(answered).to.have.length(8).and.not.to.include(bad);
      expect(Object.keys(await bench.effects())).to.include.members(answered.map((saga) => redeemId(saga)));
    });

    it('parks unreadable records with their bytes, and decides the rest', async () => {
      const saga = newSaga();
      const foreign = { ...redeem(newSaga()), key: newSaga() };
      await run(recordOf('x', saga, 'no json'), foreign, recordOf('x', saga, null), redeem(saga));
      expect(out.parked()).to.deep.equal(['not-json', 'wrong-key', 'not-json']);
      expect(String(out.messages[0]?.value)).to.equal('no json');
      expect(out.types(saga)).to.deep.equal(['coupon.redeemed']);
    });

    it('skips a command past its deadline and grace, without a reply or a row', async () => {
      const [late, justLate] = [newSaga(), newSaga()];
      const ago = (ms: number) => ({ deadline: new Date(Date.now() - ms).toISOString() });
      await run(redeem(late, ago(31_000)), redeem(justLate, ago(20_000)));
      expect(out.types(late)).to.deep.equal([]);
      expect(out.types(justLate)).to.deep.equal(['coupon.redeemed']);
      const key = { sagaId: late, commandId: redeemId(late) };
      const found = await bench.unitOfWork.transaction(({ inbox }) => inbox.read([key]));
      expect([...found]).to.deep.equal([]);
      await run(restore(late));
      expect(out.of(late)[0]?.data).to.deep.equal({ found: { [redeemId(late)]: 'not-executed' } });
    });

    it('repeats a reply even past the deadline', async () => {
      const saga = newSaga();
      await run(redeem(saga));
      await run(redeem(saga, { deadline: new Date(Date.now() - 60_000).toISOString() }));
      expect(out.types(saga)).to.deep.equal(['coupon.redeemed', 'coupon.redeemed']);
    });
  });
}
