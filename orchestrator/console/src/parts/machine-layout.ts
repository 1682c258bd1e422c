/**
 * Places a machine's states in two columns: the way forward downwards, the way back beside it upwards, so that each step back stands
 * near the step that it undoes. Pure.
 */

export const [NODE_WIDTH, NODE_HEIGHT] = [196, 30];
const [COLUMN, ROW, MARGIN] = [330, 54, 34];
const TOP = 6;
/** How far a line past other states stands out. */
const DETOUR = 28;

/** A state, as far as its place needs it. */
export interface State {
  readonly id: string;
  readonly kind: string;
  readonly status: string | null;
}
export interface Transition {
  readonly id: string;
  readonly from: string;
  readonly to: string;
}
export interface Machine<N extends State, E extends Transition> {
  readonly nodes: readonly N[];
  readonly edges: readonly E[];
}
interface Place {
  readonly x: number;
  readonly y: number;
}
export interface Layout<N, E> {
  readonly nodes: ReadonlyArray<Place & { readonly node: N }>;
  /** Each with an SVG path. */
  readonly edges: ReadonlyArray<{ readonly edge: E; readonly path: string }>;
  readonly width: number;
  readonly height: number;
}

/** @param rankOf of transitions between the same two states, which are one line: the highest one is drawn */
export function layoutOf<N extends State, E extends Transition>(
  { nodes, edges }: Machine<N, E>,
  rankOf: (edge: E) => number,
): Layout<N, E> {
  const states = nodes.filter(({ kind }) => kind !== 'group');
  const isBack = ({ status }: N) => status === 'compensating' || status === 'failed';
  const forward = states.filter((node) => !isBack(node));
  const back = states.filter(isBack);
  // The last step forward and the first step back stand side by side; an end stands below, or above.
  const rows = Math.max(forward.length, back.length + 1);
  const placed = new Map<string, Place & { readonly node: N }>();
  for (const [row, node] of forward.entries()) placed.set(node.id, { node, x: MARGIN, y: TOP + row * ROW });
  for (const [index, node] of back.entries())
    placed.set(node.id, { node, x: MARGIN + COLUMN, y: TOP + (rows - 2 - index) * ROW });
  return {
    nodes: [...placed.values()],
    edges: strongest(edges, rankOf).flatMap((edge) => {
      const [from, to] = [placed.get(edge.from), placed.get(edge.to)];
      return from === undefined || to === undefined || from === to
        ? []
        : [{ edge, path: pathBetween(from, to) }];
    }),
    width: COLUMN + NODE_WIDTH + 2 * MARGIN,
    height: TOP + (rows - 1) * ROW + NODE_HEIGHT + TOP,
  };
}

function strongest<E extends Transition>(edges: readonly E[], rankOf: (edge: E) => number): E[] {
  const lines = new Map<string, E>();
  for (const edge of edges) {
    const key = `${edge.from} ${edge.to}`;
    const known = lines.get(key);
    if (known === undefined || rankOf(edge) > rankOf(known)) lines.set(key, edge);
  }
  // The ones that say most are drawn last, above the others.
  return [...lines.values()].sort((a, b) => rankOf(a) - rankOf(b));
}

function pathBetween(from: Place, to: Place): string {
  const middle = (one: Place) => one.y + NODE_HEIGHT / 2;
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
