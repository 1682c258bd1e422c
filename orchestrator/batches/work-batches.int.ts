/** Batches on real PostgreSQL: a killed process is replaced, an overtaken one writes nothing, each target is acted on once. */
import { expect } from 'chai';
import type { BatchDraft, BatchItem, ItemOutcome } from '#orchestrator/store/batch-rows.ts';
import { batchStore } from '#orchestrator/store/batch-store.ts';
import { openTestDatabase, type TestDatabase } from '#runtime/testing/database.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import { type BatchKind, perSecond } from './batch-kind.ts';
import { workRound } from './work-batches.ts';

const now = () => Date.now();
const log = { throttled: () => {}, warn: () => {} };

describe('the work of batches', () => {
  let test: TestDatabase;
  before(async () => {
    test = await openTestDatabase();
  });
  after(() => test?.close());

  const draft = (change: Partial<BatchDraft> = {}): BatchDraft => ({
    id: crypto.randomUUID(),
    kind: 'note',
    params: {},
    planHash: 'hash',
    perSecond: 3,
    actor: 'olga',
    role: 'operator',
    reason: 'why',
    idempotencyKey: null,
    ...change,
  });
  const targets = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ target: `t${i + 1}`, seen: { at: i } }));
  const create = async (count: number, change: Partial<BatchDraft> = {}) => {
    const made = await batchStore(test.db).create(draft(change), targets(count), now);
    if (made === 'mismatch') throw new Error('no batch');
    return made.id;
  };
  /** A kind that notes what it acted on, and ends each item on the second watch. */
  function noting(acted: string[], kill: () => boolean = () => false): BatchKind {
    const seen = new Map<string, number>();
    return {
      name: 'note',
      waveOf: perSecond,
      async act(_batch, items) {
        acted.push(...items.map(({ target }) => target));
        if (kill()) throw new Error('killed');
        return items.map(
          ({ number }): ItemOutcome => ({ number, state: 'watched', outcome: 'sent', detail: null }),
        );
      },
      async watch(_batch, items) {
        return items.flatMap(({ number, target }: BatchItem): ItemOutcome[] => {
          seen.set(target, (seen.get(target) ?? 0) + 1);
          return seen.get(target) === 2 ? [{ number, state: 'ended', outcome: 'sent', detail: null }] : [];
        });
      },
    };
  }
  const round = (kind: BatchKind, on = test.db) =>
    workRound({ store: batchStore(on), kinds: [kind], log, waveEveryMs: 1, leaseMs: 300 });
  const isDone = async (id: string) => (await batchStore(test.db).read(id))?.state === 'done';

  it('goes in waves of a bounded size, by several processes, each target once', async () => {
    const id = await create(10);
    const acted: string[] = [];
    const waves: number[] = [];
    const kind = noting(acted);
    const counting: BatchKind = {
      ...kind,
      act: (batch, items) => {
        waves.push(items.length);
        return kind.act(batch, items);
      },
    };
    await waitUntil(async () => {
      await Promise.all([round(counting), round(counting, test.other)]);
      return isDone(id);
    }, Boolean);
    expect(acted.toSorted()).to.deep.equal(
      targets(10)
        .map(({ target }) => target)
        .toSorted(),
    );
    expect(Math.max(...waves)).to.equal(3);
    expect(await batchStore(test.db).progress(id)).to.deep.equal({
      waiting: 0,
      watched: 0,
      outcomes: { sent: 10 },
    });
  });

  it('is carried on after a process was killed with its lease', async () => {
    const id = await create(2);
    const store = batchStore(test.db);
    const dead = await store.claim(300);
    expect(dead?.id).to.equal(id);
    const acted: string[] = [];
    expect(await round(noting(acted), test.other), 'while the lease lasts').to.equal(0);
    const kind = noting(acted);
    await waitUntil(async () => {
      await round(kind, test.other);
      return isDone(id);
    }, Boolean);
    expect(acted).to.deep.equal(['t1', 't2']);
    if (dead === null) return;
    const late = [{ number: 1, state: 'ended' as const, outcome: 'refused', detail: null }];
    expect(await store.record(dead, late), 'the overtaken one').to.equal(false);
    expect(await store.release(dead, 0)).to.equal(null);
    expect((await store.progress(id)).outcomes).to.deep.equal({ sent: 2 });
  });

  it('tries a failed wave again, and leaves a kind that a build lacks to another', async () => {
    const id = await create(1);
    expect(await round({ ...noting([]), name: 'another' })).to.be.greaterThan(0);
    const acted: string[] = [];
    let kills = 1;
    const kind = noting(acted, () => kills-- > 0);
    await waitUntil(async () => {
      await round(kind);
      return isDone(id);
    }, Boolean);
    expect(acted).to.deep.equal(['t1', 't1']);
  });

  it('is created once under a key, paused, resumed and cancelled with entries of the audit', async () => {
    const store = batchStore(test.db);
    const [one, other] = await Promise.all([
      create(3, { idempotencyKey: 'k', perSecond: 1 }),
      create(3, { idempotencyKey: 'k', perSecond: 1 }),
    ]);
    expect(one).to.equal(other);
    expect(await store.create(draft({ idempotencyKey: 'k', reason: 'else' }), targets(1), now)).to.equal(
      'mismatch',
    );
    const by = () => ({
      ...{ id: crypto.randomUUID(), actor: 'olga', role: 'operator' },
      ...{ reason: 'why', planHash: null },
    });
    await store.act(one, 'pause', by(), now);
    expect(await store.claim(300)).to.equal(null);
    await store.act(one, 'pause', by(), now);
    await store.act(one, 'resume', by(), now);
    const lease = await store.claim(30_000);
    if (lease === null) throw new Error('no lease');
    const sent = (number: number) => [{ number, state: 'watched' as const, outcome: 'sent', detail: null }];
    await store.record(lease, sent(1));
    await store.act(one, 'cancel', by(), now);
    // What the wave under way did is true, although the batch was cancelled meanwhile.
    await store.record(lease, sent(3));
    expect(await store.release(lease, 0)).to.equal(null);
    expect(await store.read(one)).to.include({ state: 'cancelled' });
    expect(await store.act(one, 'resume', by(), now)).to.deep.equal({ impossible: 'The batch is cancelled' });
    expect(await store.progress(one)).to.deep.equal({
      waiting: 0,
      watched: 0,
      outcomes: { sent: 2, cancelled: 1 },
    });
    const entries = await test.db.query<{ action: string }>(
      'SELECT action FROM orchestrator.actions WHERE batch_id = $1::uuid ORDER BY seq',
      one,
    );
    expect(entries.map(({ action }) => action)).to.deep.equal([
      'note',
      'pause-batch',
      'resume-batch',
      'cancel-batch',
    ]);
  });
});
