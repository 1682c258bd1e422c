/**
 * Places a machine's states in two columns: the way forward downwards, the way back beside it upwards, so that each step back stands
 * near the step that it undoes. Pure.
 */
import type { SagaGraph } from '../../generated/api.ts';

export const [NODE_WIDTH, NODE_HEIGHT] = [196, 30];
const [COLUMN, ROW, MARGIN] = [330, 54, 34];
const TOP = 6;
/** How far a line past other states stands out. */
const DETOUR = 28;

type Node = SagaGraph['nodes'][number];
type Edge = SagaGraph['edges'][number];

export interface PlacedNode {
  readonly node: Node;
  readonly x: number;
  readonly y: number;
}
export interface PlacedEdge {
  readonly edge: Edge;
  /** An SVG path. */
  readonly path: string;
}
export interface Layout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
}

/** Edges between the same two states are one line: the one that says most. */
const RANK: Readonly<Record<Edge['progress'], number>> = {
  current: 4,
  taken: 3,
  compensated: 2,
  remaining: 1,
  open: 0,
};

export function layoutOf({ nodes, edges }: Pick<SagaGraph, 'nodes' | 'edges'>): Layout {
  const states = nodes.filter(({ kind }) => kind !== 'group');
  const isBack = ({ status }: Node) => status === 'compensating' || status === 'failed';
  const forward = states.filter((node) => !isBack(node));
  const back = states.filter(isBack);
  // The last step forward and the first step back stand side by side; an end stands below, or above.
  const rows = Math.max(forward.length, back.length + 1);
  const placed = new Map<string, PlacedNode>();
  for (const [row, node] of forward.entries()) placed.set(node.id, { node, x: MARGIN, y: TOP + row * ROW });
  for (const [index, node] of back.entries())
    placed.set(node.id, { node, x: MARGIN + COLUMN, y: TOP + (rows - 2 - index) * ROW });
  return {
    nodes: [...placed.values()],
    edges: strongest(edges).flatMap((edge) => {
      const [from, to] = [placed.get(edge.from), placed.get(edge.to)];
      return from === undefined || to === undefined || from === to
        ? []
        : [{ edge, path: pathBetween(from, to) }];
    }),
    width: COLUMN + NODE_WIDTH + 2 * MARGIN,
    height: TOP + (rows - 1) * ROW + NODE_HEIGHT + TOP,
  };
}

function strongest(edges: readonly Edge[]): Edge[] {
  const lines = new Map<string, Edge>();
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`;
    const known = lines.get(key);
    if (known === undefined || RANK[edge.progress] > RANK[known.progress]) lines.set(key, edge);
  }
  // The ones that say most are drawn last, above the others.
  return [...lines.values()].sort((a, b) => RANK[a.progress] - RANK[b.progress]);
}

function pathBetween(from: PlacedNode, to: PlacedNode): string {
  const middle = (one: PlacedNode) => one.y + NODE_HEIGHT / 2;
  if (from.x !== to.x) {
    const [start, end] = from.x < to.x ? [from.x + NODE_WIDTH, to.x - 5] : [from.x, to.x + NODE_WIDTH + 5];
    const bend = (start + end) / 2;
    return `M${start},${middle(from)} C${bend},${middle(from)} ${bend},${middle(to)} ${end},${middle(to)}`;
  }
  const isNext = Math.abs(from.y - to.y) === ROW;
  const center = from.x + NODE_WIDTH / 2;
  if (isNext) {
    return from.y < to.y
      ? `M${center},${from.y + NODE_HEIGHT} L${center},${to.y - 5}`
      : `M${center},${from.y} L${center},${to.y + NODE_HEIGHT + 5}`;
  }
  // Past other states, on their outer side.
  const isLeft = from.x === MARGIN;
  const side = isLeft ? from.x : from.x + NODE_WIDTH;
  const [out, end] = isLeft ? [side - DETOUR, side - 5] : [side + DETOUR, side + 5];
  return `M${side},${middle(from)} C${out},${middle(from)} ${out},${middle(to)} ${end},${middle(to)}`;
}
