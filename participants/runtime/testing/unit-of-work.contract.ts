/** The contract of a participant's unit of work, on PostgreSQL and in memory. */
import { expect } from 'chai';
import { InboxRace } from '../inbox.ts';
import type { OpenWork } from '../unit-of-work.ts';
import type { ToyBench } from './bench.ts';
import { newSaga } from './commands.ts';
import { type EffectStore, POISON, redeemId } from './toy.ts';

/** @param open opens an empty unit of work */
export function unitOfWorkContract(name: string, open: () => Promise<ToyBench>): void {
  describe(`a unit of work ${name}`, () => {
    let bench: ToyBench;
    before(async () => {
      bench = await open();
    });
    after(() => bench.close());

    const at = new Date('2026-11-22T10:00:00.123Z');
    const later = new Date('2026-11-22T11:00:00Z');
    const key = (sagaId = newSaga(), nth = 1) => ({ sagaId, commandId: redeemId(sagaId, nth) });
    const named = (one = key()) => ({ ...one, type: 'coupon.redeem' });
    const textOf = ({ commandId }: { commandId: string }) =>
      `{ "type": "coupon.redeemed",  "id": "${commandId}" }`;
    const answered = (one = key()) => ({ ...named(one), reply: textOf(one) });
    const pending = (one = key()) => ({ ...named(one), reply: null });
    const within = <T>(work: (open: OpenWork<EffectStore>) => Promise<T>) =>
      bench.unitOfWork.transaction(work);
    const read = async (one: { sagaId: string; commandId: string }) =>
      (await within(({ inbox }) => inbox.read([one]))).get(one.commandId);
    const failure = (work: Promise<unknown>) =>
      work.then(
        () => null,
        (error: unknown) => error,
      );

    it('keeps a command’s row with its reply, byte for byte, and its time', async () => {
      const [done, open, forbidden] = [answered(), pending(), named()];
      await within(async ({ inbox }) => {
        await inbox.insertTombstones([forbidden], at);
        await inbox.insertDecided([done, open], at);
      });
      const found = await within(({ inbox }) => inbox.read([done, open, forbidden, key()]));
      const row = (
        { sagaId, commandId }: { sagaId: string; commandId: string },
        state: string,
        reply = null as string | null,
      ) => [commandId, { sagaId, commandId, state, reply, createdAt: at }] as const;
      expect(new Map(found)).to.deep.equal(
        new Map([row(done, 'answered', done.reply), row(open, 'open'), row(forbidden, 'tombstone')]),
      );
      expect((await within(({ inbox }) => inbox.read([]))).size).to.equal(0);
    });

    it('rolls back everything of a failed transaction', async () => {
      const known = pending();
      await within(({ inbox }) => inbox.insertDecided([known], at));
      const [fresh, forbidden] = [answered(), named()];
      const fault = new Error('in the middle');
      const failed = within(async ({ inbox, store }) => {
        await inbox.insertTombstones([forbidden], at);
        await inbox.insertDecided([fresh], at);
        await inbox.answerOpen([answered(known)], at);
        await store.insert(fresh.commandId, 1);
        throw fault;
      });
      expect(await failure(failed)).to.equal(fault);
      expect(await read(fresh)).to.equal(undefined);
      expect(await read(forbidden)).to.equal(undefined);
      expect(await read(known)).to.include({ state: 'open', reply: null });
      expect(await bench.effects()).not.to.have.property(fresh.commandId);
    });

    it('returns the result of a transaction, and of a verb alone', async () => {
      const { commandId } = key();
      expect(await within(async () => 'done')).to.equal('done');
      await bench.unitOfWork.alone((store) => store.insert(commandId, 1));
      expect(await bench.effects()).to.include({ [commandId]: false });
    });

    it('rejects a transaction with a command that has any row by now', async () => {
      const [forbidden, open] = [named(), pending()];
      await within(async ({ inbox }) => {
        await inbox.insertTombstones([forbidden], at);
        await inbox.insertDecided([open], at);
      });
      for (const one of [forbidden, open]) {
        const fresh = answered();
        const error = await failure(
          within(({ inbox }) => inbox.insertDecided([fresh, answered(one)], later)),
        );
        expect(error).to.be.instanceOf(InboxRace);
        expect(bench.unitOfWork.isDataFault(error), 'a race is transient').to.equal(false);
        expect(await read(fresh)).to.equal(undefined);
      }
      const twice = answered();
      const error = await failure(within(({ inbox }) => inbox.insertDecided([twice, twice], later)));
      expect(error).to.be.instanceOf(InboxRace);
    });

    it('writes a tombstone only where there is no row; a second one keeps the first one’s time', async () => {
      const [done, forbidden] = [answered(), named()];
      await within(({ inbox }) => inbox.insertDecided([done], at));
      await within(({ inbox }) => inbox.insertTombstones([forbidden], at));
      await within(({ inbox }) => inbox.insertTombstones([forbidden, done], later));
      expect(await read(done)).to.include({ state: 'answered', reply: done.reply });
      expect(await read(forbidden)).to.deep.include({ state: 'tombstone', createdAt: at });
    });

    it('records the first reply to an open command, and no other', async () => {
      const [open, done, forbidden] = [pending(), answered(), named()];
      await within(async ({ inbox }) => {
        await inbox.insertDecided([open, done], at);
        await inbox.insertTombstones([forbidden], at);
      });
      const replies = [open, done, forbidden, key()].map((one) => ({ ...one, reply: textOf(one) }));
      const record = () => within(({ inbox }) => inbox.answerOpen(replies, later));
      expect([...(await record())]).to.deep.equal([open.commandId]);
      expect([...(await record())]).to.deep.equal([]);
      expect(await read(open)).to.deep.include({ state: 'answered', reply: textOf(open), createdAt: at });
      expect(await read(forbidden)).to.include({ state: 'tombstone', reply: null });
    });

    it('reads the recorded replies of sagas, in their order', async () => {
      const sagas = [newSaga(), newSaga()].sort() as [string, string];
      const [last, first, other] = [key(sagas[0], 1), key(sagas[0], 2), key(sagas[1], 1)];
      await within(({ inbox }) => inbox.insertDecided([answered(other), pending(last), answered(first)], at));
      await within(({ inbox }) => inbox.answerOpen([{ ...last, reply: textOf(last) }], later));
      const recorded = await within(({ inbox }) => inbox.readReplies(sagas));
      expect(recorded).to.deep.equal(
        [first, last, other].map((one) => ({
          sagaId: one.sagaId,
          text: textOf(one),
          type: 'coupon.redeemed',
        })),
      );
    });

    it('distinguishes a data fault from a transient failure', async () => {
      const { commandId } = key();
      const error = await failure(bench.unitOfWork.alone((store) => store.insert(commandId, POISON)));
      expect(bench.unitOfWork.isDataFault(error), String(error)).to.equal(true);
      expect(bench.unitOfWork.isDataFault(new Error('away'))).to.equal(false);
      expect(await bench.effects()).not.to.have.property(commandId);
    });
  });
}
