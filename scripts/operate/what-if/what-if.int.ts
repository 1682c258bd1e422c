/**
 * What-if on real PostgreSQL: recorded sagas against the present code, and against a definition with one changed
 * rule.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Move } from '#engine/ports.ts';
import type { Difference } from '#engine/replay.ts';
import { sagas } from '#orchestrator/sagas/index.ts';
import { orderV2, orderWithChangedRule } from '#orchestrator/sagas/order/testing/next.ts';
import { type PostgresBench, postgresBench } from '#orchestrator/store/testing/postgres-bench.ts';
import { root } from '#scripts/run/stack/places.ts';
import { replayAll, type WhatIf } from './replay-all.ts';
import { fill } from './testing/walks.ts';

const SAGAS = 600;
const MAIN = join(root, 'scripts/operate/what-if/main.ts');
const MODULE = join(root, 'scripts/operate/what-if/testing/changed-rule.ts');

describe('what-if', () => {
  let bench: PostgresBench;
  let moves: Move[];

  before(async () => {
    bench = await postgresBench();
    moves = await fill(bench, SAGAS, 1);
  });
  after(() => bench?.close());

  const idsOf = (some: readonly Move[]) => some.map(({ before }) => before.id).sort();
  const wentBy = (type: string, fromState: string) =>
    moves.filter(({ entries }) => entries.some((e) => e.type === type && e.fromState === fromState));

  async function differing(
    options: Partial<WhatIf>,
  ): Promise<{ differences: Difference[]; replayed: number }> {
    const differences: Difference[] = [];
    const all = { definitions: sagas(), sinceMs: 0, definition: null, limit: 1e6, ...options };
    const { replayed, differ } = await replayAll(bench.database.db, all, (one) => differences.push(one));
    expect(differ).to.equal(differences.length);
    return { differences, replayed };
  }

  it('names none when nothing has changed', async () => {
    expect(await differing({})).to.deep.equal({ differences: [], replayed: SAGAS });
  });

  it('names exactly those that one changed rule would have led elsewhere, and where', async () => {
    const { differences, replayed } = await differing({ instead: [orderWithChangedRule()] });
    const expected = idsOf(wentBy('shipping.refused', 'preparingShipping'));
    expect(expected.length).to.be.within(10, SAGAS / 4);
    expect(differences.map(({ sagaId }) => sagaId).sort()).to.deep.equal(expected);
    expect(replayed).to.equal(SAGAS);
    for (const one of differences) {
      expect(one).to.include({ what: 'state', type: 'shipping.refused', fromState: 'preparingShipping' });
      expect(one).to.include({
        was: 'compensating.refundingPayment',
        wouldBe: 'compensating.cancellingShipping',
      });
    }
  });

  it('names a message that would have been another, though the states are the same', async () => {
    const [plain] = sagas();
    if (plain === undefined) throw new Error('there is no saga');
    const charge = plain.commands['payment.charge'];
    if (charge === undefined) throw new Error('there is no charge');
    const data = (order: never, context: never) => ({
      ...(charge.data?.(order, context) as { amount: number }),
      currency: 'USD',
    });
    const changed = { ...plain, commands: { ...plain.commands, 'payment.charge': { ...charge, data } } };
    const { differences } = await differing({ instead: [changed] });
    const charged = moves.filter(({ after }) => after.pending.issued['payment.charge'] !== undefined);
    expect(differences.map(({ sagaId }) => sagaId).sort()).to.deep.equal(idsOf(charged));
    // A saga with a coupon charges on `coupon.redeemed`, the others on `inventory.reserved`.
    expect(differences.map(({ type }) => type)).to.include.members(['inventory.reserved', 'coupon.redeemed']);
    expect(differences[0]).to.include({
      what: 'messages',
      was: 'payment.charge currency: "EUR"',
      wouldBe: 'payment.charge currency: "USD"',
    });
  });

  it('replays under a newer version where the module has only that', async () => {
    const { differences } = await differing({ instead: [orderV2()] });
    const charged = wentBy('payment.charged', 'chargingPayment');
    expect(differences.map(({ sagaId }) => sagaId).sort()).to.deep.equal(idsOf(charged));
  });

  it('takes a definition, a time and a limit', async () => {
    expect((await differing({ limit: 250 })).replayed).to.equal(250);
    expect((await differing({ definition: 'other' })).replayed).to.equal(0);
    expect((await differing({ sinceMs: Date.now() + 60_000 })).replayed).to.equal(0);
  });

  it('counts sagas that it cannot replay', async () => {
    const summary = await replayAll(
      bench.database.db,
      { definitions: [], sinceMs: 0, definition: null, limit: 10 },
      () => {},
    );
    expect(summary).to.deep.equal({ replayed: 0, differ: 0, unknown: { 'order v1': 10 } });
  });

  it('ends with 0 when none differs, with 3 when some do, and with 2 when its arguments are wrong', async () => {
    const same = await command('--limit', '200');
    expect(same).to.include({ exitCode: 0, out: '' });
    expect(same.printed).to.match(/^200 sagas replayed in .* s: none differs/);
    const changed = await command('--module', MODULE, '-o', 'jsonl');
    expect(changed.exitCode).to.equal(3);
    const listed = changed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Difference);
    expect(listed.map(({ sagaId }) => sagaId).sort()).to.deep.equal(
      idsOf(wentBy('shipping.refused', 'preparingShipping')),
    );
    expect((await command('--since', 'tomorrow')).exitCode).to.equal(2);
  });

  async function command(
    ...args: string[]
  ): Promise<{ exitCode: number | null; out: string; printed: string }> {
    const child = spawn(process.execPath, [MAIN, '--database', bench.database.url, ...args]);
    let [out, printed] = ['', ''];
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (printed += chunk));
    await once(child, 'close');
    return { exitCode: child.exitCode, out, printed };
  }
});
