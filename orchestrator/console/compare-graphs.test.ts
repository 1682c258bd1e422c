/** What the console says differs between two versions of a definition is what does, and nothing else. */
import { expect } from 'chai';
import type { DefinitionGraph } from './src/generated/api.ts';
import { compareGraphs } from './src/screens/definitions/compare-graphs.ts';

type Node = DefinitionGraph['nodes'][number];
type Edge = DefinitionGraph['edges'][number];

const node = (id: string, more: Partial<Node> = {}): Node => ({
  ...{ id, parent: null, kind: 'step', status: 'running', commands: [], publishes: [] },
  ...more,
});
const edge = (from: string, event: string, to: string, more: Partial<Edge> = {}): Edge => ({
  ...{ id: `${from}/${event}`, from, to, event, kind: 'success', guard: null },
  ...{ stays: from === to, raises: null, publishes: [] },
  ...more,
});
const graph = (definitionVersion: number, nodes: Node[], edges: Edge[]): DefinitionGraph => ({
  ...{ definition: 'order', definitionVersion, nodes, edges },
});

const first = graph(
  1,
  [node('reserving', { commands: ['inventory.reserve'] }), node('charging'), node('done', { kind: 'end' })],
  [edge('reserving', 'inventory.reserved', 'charging'), edge('charging', 'payment.charged', 'done')],
);

describe('the comparison of two versions', () => {
  it('finds nothing between a version and itself, however its transitions are numbered', () => {
    const same = { ...first, edges: first.edges.map((one, i) => ({ ...one, id: `other/${i}` })) };
    const { before, after, differences } = compareGraphs(first, same);
    expect(differences).to.deep.equal([]);
    const changes = [...before.nodes, ...before.edges, ...after.nodes, ...after.edges].map(
      (one) => one.change,
    );
    expect(new Set(changes)).to.deep.equal(new Set(['same']));
  });

  it('names states and transitions that are new, gone or changed, and how', () => {
    const second = graph(
      2,
      [
        node('reserving', { commands: ['inventory.reserve', 'loyalty.reserve'] }),
        node('screening'),
        node('done', { kind: 'end' }),
      ],
      [
        edge('reserving', 'inventory.reserved', 'screening'),
        edge('screening', 'risk.passed', 'done', { publishes: ['order.completed'] }),
      ],
    );
    const { before, after, differences } = compareGraphs(first, second);
    expect(before.nodes.map(({ id, change }) => [id, change])).to.deep.equal([
      ['reserving', 'changed'],
      ['charging', 'removed'],
      ['done', 'same'],
    ]);
    expect(after.nodes.map(({ id, change }) => [id, change])).to.deep.equal([
      ['reserving', 'changed'],
      ['screening', 'added'],
      ['done', 'same'],
    ]);
    expect(after.edges.map(({ change }) => change)).to.deep.equal(['changed', 'added']);
    const found = differences.map(({ of, state, event, change }) => [of, state, event, change]);
    expect(found).to.deep.equal([
      ['state', 'charging', null, 'removed'],
      ['state', 'reserving', null, 'changed'],
      ['state', 'screening', null, 'added'],
      ['transition', 'charging', 'payment.charged', 'removed'],
      ['transition', 'reserving', 'inventory.reserved', 'changed'],
      ['transition', 'screening', 'risk.passed', 'added'],
    ]);
    expect(differences[1]?.fields).to.deep.equal([
      { field: 'commands', before: 'inventory.reserve', after: 'inventory.reserve, loyalty.reserve' },
    ]);
    expect(differences[4]?.fields).to.deep.equal([{ field: 'to', before: 'charging', after: 'screening' }]);
  });

  it('tells transitions on one event apart by their conditions', () => {
    const two = (to: string) =>
      graph(2, first.nodes, [
        edge('reserving', 'inventory.reserved', to, { guard: 'hasCoupon' }),
        edge('reserving', 'inventory.reserved', 'charging'),
      ]);
    const { differences } = compareGraphs(two('charging'), two('done'));
    expect(differences.map(({ event, guard }) => [event, guard])).to.deep.equal([
      ['inventory.reserved', 'hasCoupon'],
    ]);
  });
});
