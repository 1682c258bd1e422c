import { expect } from 'chai';
import { newRecord } from '../bench/run-record.ts';
import type { Fault } from './fault.ts';
import type { Injection } from './inject.ts';
import { judge, percent, type SeenOrders } from './judge-chaos.ts';

const fault: Fault = {
  name: 'kill it',
  holdMs: 0,
  recoversFrom: 'beginning',
  noticed: null,
  inject: async () => async () => {},
};
const injection = (more: Partial<Injection> = {}): Injection => ({
  fault,
  beganAt: 1_000,
  returnedAt: 3_000,
  recoveredAt: 9_000,
  recoveredFromReturnAt: 9_500,
  settledAt: 12_000,
  endedAt: 12_000,
  counted: { fenceRefusals: 0, unmatched: 0, resends: 0 },
  health: { unready: [], problems: [] },
  ...more,
});

/** Orders as [sent, answered, ended], each completed. */
function seen(...times: Array<[number, number, number]>) {
  const record = newRecord(times.length);
  const endings = new Map();
  for (const [order, [sent, answered, ended]] of times.entries()) {
    record.sentAt[order] = sent;
    record.answeredAt[order] = answered;
    record.endedAt[order] = ended;
    record.ids[order] = `id-${order}`;
    endings.set(`id-${order}`, { status: 'completed', reason: null, endedAt: new Date(ended) });
  }
  const orders: SeenOrders = { record, refusals: new Map(), endings, doubled: new Set(), stuck: new Set() };
  return { ...orders, record, endings, refusals: orders.refusals as Map<number, never> };
}

describe('the judgement of a chaos run', () => {
  it('passes where every order ends and the system recovers from every fault', () => {
    const orders = seen([500, 510, 9_000], [2_000, 2_010, 9_100], [13_000, 13_010, 13_200]);
    const { lines, problems, lost } = judge(orders, [injection()]);
    expect(problems).to.deep.equal([]);
    expect(lost).to.equal(0);
    expect(lines[0]).to.deep.include({
      at: 1,
      lasted: 2,
      recoveredFromBeginning: 8,
      recoveredFromReturn: 6.5,
      recoveredInTime: true,
      worst: 8.5,
      inFlight: 1,
    });
  });

  it('reports what the probes saw amiss', () => {
    const health = { unready: ['api'], problems: ['api: not ready, though it can work'] };
    const { lines, problems } = judge(seen([500, 510, 9_000]), [injection({ health })]);
    expect(lines[0]?.unready).to.deep.equal(['api']);
    expect(problems).to.deep.equal(['kill it at 1 s: api: not ready, though it can work']);
  });

  it('counts an order as lost without a row, without an end, or without its event', () => {
    const orders = seen(
      [2_000, 2_010, 3_000],
      [2_100, 2_110, 3_000],
      [2_200, 2_210, Number.NaN],
      [13_000, 13_010, 14_000],
    );
    orders.endings.delete('id-0');
    orders.endings.set('id-1', { status: 'running', reason: null, endedAt: null });
    const { lines, lost, problems } = judge(orders, [injection()]);
    expect(lost).to.equal(3);
    expect(lines[0]?.lost).to.equal(3);
    expect(problems).to.deep.equal(['3 orders lost']);
  });

  it('counts doubled and stuck orders, those after the last fault too', () => {
    const orders = {
      ...seen([2_000, 2_010, 3_000], [13_000, 13_010, 14_000]),
      doubled: new Set(['id-0']),
      stuck: new Set(['id-1']),
    };
    const { lines, doubled, stuck, problems } = judge(orders, [injection()]);
    expect({ doubled, stuck }).to.deep.equal({ doubled: 1, stuck: 1 });
    expect(lines[0]).to.include({ doubled: 1, stuck: 0 });
    expect(problems).to.have.length(2);
  });

  it('measures the recovery from the beginning where others take over, from the return where none can', () => {
    const slow = injection({
      returnedAt: 30_000,
      recoveredAt: 31_000,
      recoveredFromReturnAt: 31_000,
      endedAt: 40_000,
    });
    const alone = { ...slow, fault: { ...fault, recoversFrom: 'end' as const } };
    const orders = seen([1, 2, 3]);
    expect(judge(orders, [slow]).problems).to.deep.equal(['kill it at 1 s: not recovered within 15 s']);
    expect(judge(orders, [alone]).problems).to.deep.equal([]);
    expect(judge(orders, [injection({ recoveredAt: null })]).problems).to.have.length(1);
    expect(judge(orders, [injection({ settledAt: null })]).problems).to.have.length(1);
  });

  it('holds callers’ answers against the run', () => {
    const orders = seen([13_000, 13_010, 14_000], [13_100, 13_110, 14_000]);
    orders.record.ids[1] = undefined;
    const refusal = { at: 13_110, status: 503, retryAfter: true };
    const { availability, problems } = judge({ ...orders, refusals: new Map([[1, refusal]]) }, [injection()]);
    expect(availability.share).to.equal(0.5);
    expect(problems).to.deep.equal([
      "only 50.000 % of the POSTs outside the API's and PostgreSQL's faults were accepted",
    ]);
  });

  it('never rounds up to all', () => {
    expect(percent(0.999999)).to.equal('99.999 %');
    expect(percent(1)).to.equal('100.000 %');
  });
});
