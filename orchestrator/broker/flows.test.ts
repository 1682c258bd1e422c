/** What is known of queues once the brokers fall silent: the last numbers, and that they are old. */
import { expect } from 'chai';
import { register } from '#engine/definition/definition.ts';
import { sagas } from '#orchestrator/sagas/index.ts';
import { silent } from '#platform/process/log.ts';
import { type Flows, watchFlows } from './flows.ts';

const CHANNEL = 'payment-requested';

/** Brokers with messages in one partition, which nobody reads. */
function brokers() {
  const offline = new Error('no broker answers');
  const state = { isOnline: true, end: 0 };
  return {
    state,
    async ends(places: ReadonlyArray<{ topic: string; partition: number }>) {
      if (!state.isOnline) throw offline;
      const own = places.some(({ topic }) => topic === CHANNEL);
      return own ? new Map([[`${CHANNEL}/3`, { offset: state.end, log: null }]]) : new Map();
    },
    read: async () => new Map<string, number>(),
    members: async (group: string) => {
      if (group === 'shipping') throw offline;
      return 2;
    },
  };
}

describe('the flows of queues', () => {
  let nowMs = 1_000_000;
  const cluster = brokers();
  let flows: Flows;
  before(() => {
    flows = watchFlows(sagas().map(register), cluster, silent, () => nowMs);
    // The first observation is under way.
    expect(flows.lags()).to.deep.equal({ observedAtMs: null, isStale: true, groups: [] });
    expect(flows.of(3)).to.equal(null);
  });
  after(() => flows.close());
  const lagOf = (group: string) => flows.lags().groups.find((one) => one.group === group);

  it('are those of each group, whose age is known for longer than the samples are kept', async () => {
    await flows.observe();
    expect(lagOf('payment')).to.deep.include({ lag: 0, worst: null, members: 2 });
    expect(lagOf('shipping')).to.deep.include({ lag: 0, members: null });
    for (let n = 1; n <= 120; n++) {
      nowMs += 2_500;
      cluster.state.end = n;
      await flows.observe();
    }
    const payment = lagOf('payment');
    expect(payment).to.deep.include({ lag: 120, readPerSecond: 0, writtenPerSecond: 0.4 });
    expect(payment?.worst).to.deep.include({ topic: CHANNEL, partition: 3, end: 120, readTo: 0 });
    expect(payment?.oldest).to.deep.equal({ waitedMs: 300_000, atLeastMs: 300_000 });
  });

  it('stay, as those of then, once no broker answers', async () => {
    const { observedAtMs, isStale } = flows.lags();
    expect({ observedAtMs, isStale }).to.deep.equal({ observedAtMs: nowMs, isStale: false });
    cluster.state.isOnline = false;
    nowMs += 12_001;
    await flows.observe();
    expect(flows.lags()).to.include({ observedAtMs, isStale: true });
    expect(lagOf('payment')).to.include({ lag: 120 });
    expect(flows.of(3)).to.equal(null);
  });
});
