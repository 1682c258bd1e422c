/** The graph of a definition, and the way of a saga through it, from each kind of move. */
import { expect } from 'chai';
import type { SagaRun } from '#engine/testing/saga-run.ts';
import {
  action,
  couponOrder,
  couponRedeemed,
  deadline,
  definition,
  found,
  given,
  inventoryConfirmed,
  inventoryReserved,
  NOW_MS,
  order,
  paymentCharged,
  reply,
  shippingPrepared,
  unstarted,
} from '#orchestrator/sagas/order/testing/given.ts';
import type { HistoryEntry } from '#orchestrator/store/view-store.ts';
import { definitionGraphView, sagaGraphView } from './graph.ts';
import { mermaidOf } from './mermaid.ts';

const graph = definitionGraphView(definition);

/** Takes messages one by one, and keeps the journal. */
function recorded(begun: SagaRun, ...messages: Array<Parameters<SagaRun['when']>[0]>) {
  let run = begun;
  const journal: HistoryEntry[] = [];
  for (const message of messages) {
    run = run.when(message).isTaken();
    const { origin, ...entry } = run.taken.entry;
    const { topic, partition, offset } = origin;
    const place = { originTopic: topic, originPartition: partition, originOffset: BigInt(offset) };
    journal.push({ ...entry, ...place, hash: null, erasedBy: null });
  }
  return sagaGraphView(definition, run.row, journal, NOW_MS);
}
const edgesThat = (view: ReturnType<typeof recorded>, progress: string) =>
  view.edges.filter((edge) => edge.progress === progress).map(({ from, event }) => `${from} ${event}`);
const nodesThat = (view: ReturnType<typeof recorded>, progress: string) =>
  view.nodes.filter((node) => node.progress === progress).map(({ id }) => id);

describe('the graph of the order saga', () => {
  it('has every state of its machine with what it issues, in the machine’s order', () => {
    expect(graph.nodes.map(({ id }) => id)).to.deep.equal([
      'created',
      'reservingInventory',
      'redeemingCoupon',
      'chargingPayment',
      'confirmingInventory',
      'preparingShipping',
      'completed',
      'compensating',
      'compensating.cancellingShipping',
      'compensating.refundingPayment',
      'compensating.restoringCoupon',
      'compensating.releasingInventory',
      'failed',
    ]);
    const kinds = Object.groupBy(graph.nodes, ({ kind }) => kind);
    expect(kinds.initial?.map(({ id }) => id)).to.deep.equal(['created']);
    expect(kinds.group?.map(({ id }) => id)).to.deep.equal(['compensating']);
    expect(kinds.end?.map(({ id }) => id)).to.deep.equal(['completed', 'failed']);
    const charging = graph.nodes.find(({ id }) => id === 'chargingPayment');
    expect(charging).to.deep.include({ commands: ['payment.charge'], status: 'running', parent: null });
    const refunding = graph.nodes.find(({ id }) => id === 'compensating.refundingPayment');
    expect(refunding).to.deep.include({ parent: 'compensating', status: 'compensating' });
  });

  it('has every transition: its cause, its condition, its target, and where it stays', () => {
    const ids = new Set(graph.nodes.map(({ id }) => id));
    for (const { from, to } of graph.edges) expect(ids).to.include(from).and.include(to);
    expect(new Set(graph.edges.map(({ id }) => id)).size).to.equal(graph.edges.length);
    const from = (state: string) =>
      graph.edges
        .filter((edge) => edge.from === state)
        .map(({ event, kind, guard, to, stays, raises }) =>
          [event, kind, guard, stays ? 'stays' : to, raises].filter((one) => one !== null).join(' '),
        );
    expect(from('chargingPayment')).to.deep.equal([
      'payment.charged success confirmingInventory',
      'payment.declined refusal hasCoupon compensating.restoringCoupon',
      'payment.declined refusal compensating.releasingInventory',
      'saga.compensate action compensating.refundingPayment',
      'chargeDeadline timer compensating.refundingPayment',
    ]);
    expect(from('compensating.releasingInventory')).to.deep.equal([
      'inventory.released success failed',
      'inventory.releaseRefused refusal stays release-refused',
      'undoDeadline timer stays release-unanswered',
    ]);
  });

  it('is the same each time, in every format', () => {
    expect(definitionGraphView(definition)).to.deep.equal(graph);
    const text = mermaidOf(graph);
    expect(mermaidOf(definitionGraphView(definition))).to.equal(text);
    expect(text.split('\n')[0]).to.equal('flowchart TD');
    expect(text).to.include('subgraph s7["compensating"]').and.include('s0(["created"])');
    expect(text).to.include('s3 -->|"payment.declined [hasCoupon]"| s10');
    expect(text).to.include('s3 -.->|"chargeDeadline"| s9');
    expect(text).not.to.include('classDef');
  });

  it('writes names as Mermaid’s entities where they could be its syntax', () => {
    const [node] = graph.nodes;
    const edges = graph.edges.slice(0, 1).map((edge) => ({ ...edge, event: 'a"]|<b>' }));
    const text = mermaidOf({
      ...graph,
      nodes: node === undefined ? [] : [{ ...node, commands: ['x"'] }],
      edges,
    });
    expect(text).to.include('a#34;]#124;#60;b#62;').and.include('x#34;');
  });
});

describe('the graph of a saga', () => {
  it('of an unstarted one has everything before it', () => {
    const view = sagaGraphView(definition, unstarted(order).row, [], NOW_MS);
    expect(nodesThat(view, 'current')).to.deep.equal(['created']);
    expect(edgesThat(view, 'current')).to.deep.equal(['created order.created']);
    expect(edgesThat(view, 'remaining')).to.have.length(4);
    expect(edgesThat(view, 'taken')).to.deep.equal([]);
  });

  it('shows the transitions taken, the awaited one, and the remaining ones', () => {
    const view = recorded(given(order), inventoryReserved);
    expect(nodesThat(view, 'current')).to.deep.equal(['chargingPayment']);
    expect(edgesThat(view, 'taken')).to.deep.equal(['reservingInventory inventory.reserved']);
    expect(view.edges.find(({ progress }) => progress === 'taken')).to.deep.include({
      guard: null,
      versions: [2],
    });
    expect(edgesThat(view, 'current')).to.deep.equal(['chargingPayment payment.charged']);
    expect(edgesThat(view, 'remaining')).to.deep.equal([
      'confirmingInventory inventory.confirmed',
      'preparingShipping shipping.prepared',
    ]);
    expect(nodesThat(view, 'remaining')).to.deep.equal([
      'confirmingInventory',
      'preparingShipping',
      'completed',
    ]);
    expect(mermaidOf(view))
      .to.include('class s3 current')
      .and.match(/linkStyle [\d,]+ stroke:#2f9e44/);
  });

  it('of one that ended has nothing current but its end', () => {
    const way = [inventoryReserved, paymentCharged, inventoryConfirmed, shippingPrepared];
    const view = recorded(given(order), ...way);
    expect(nodesThat(view, 'current')).to.deep.equal(['completed']);
    expect(edgesThat(view, 'current')).to.deep.equal([]);
    expect(edgesThat(view, 'remaining')).to.deep.equal([]);
    expect(edgesThat(view, 'taken')).to.have.length(4);
  });

  it('shows what was undone of a compensating one', () => {
    const view = recorded(
      given(couponOrder),
      inventoryReserved,
      couponRedeemed,
      deadline('chargeDeadline'),
      found('payment.refunded', 'not-executed'),
      found('coupon.restored', 'undone'),
    );
    expect(nodesThat(view, 'current')).to.deep.equal(['compensating.releasingInventory']);
    expect(nodesThat(view, 'compensated')).to.deep.equal(['redeemingCoupon', 'chargingPayment']);
    expect(edgesThat(view, 'compensated')).to.deep.equal(['redeemingCoupon coupon.redeemed']);
    expect(edgesThat(view, 'taken')).to.include('chargingPayment chargeDeadline');
    expect(edgesThat(view, 'current')).to.deep.equal(['compensating.releasingInventory inventory.released']);
  });

  it('shows an operator’s compensation, and a refused undo that holds it', () => {
    const view = recorded(given(order), action('compensate'), reply('inventory.releaseRefused'));
    expect(view.stuck).to.equal(true);
    expect(edgesThat(view, 'taken')).to.deep.equal([
      'reservingInventory saga.compensate',
      'compensating.releasingInventory inventory.releaseRefused',
    ]);
    expect(edgesThat(view, 'current')).to.deep.equal(['compensating.releasingInventory inventory.released']);
  });
});
