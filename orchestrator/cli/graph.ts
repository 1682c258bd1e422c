/** `saga graph ID`, `saga graph --definition NAME/VERSION`: states and transitions, drawn as text or written as Mermaid. */
import { printableIn } from '#platform/process/printable.ts';
import type { Context } from './context.ts';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, renderOne } from './output.ts';
import { wrap } from './wrap.ts';

export interface GraphOptions {
  /** The definition and its version: `order/1`. */
  readonly definition?: string;
  readonly mermaid?: boolean;
  /** Draws also what is not on the saga's way. */
  readonly all?: boolean;
  readonly output: Format;
}

type Progress = 'current' | 'taken' | 'compensated' | 'remaining' | 'open';

interface Node {
  readonly id: string;
  readonly parent: string | null;
  readonly kind: 'initial' | 'step' | 'group' | 'end';
  readonly commands: readonly string[];
  readonly publishes: readonly string[];
  readonly progress?: Progress;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly kind: string;
  readonly guard: string | null;
  readonly stays: boolean;
  readonly raises: string | null;
  readonly progress?: Progress;
  readonly versions?: readonly number[];
}

interface Graph {
  readonly sagaId?: string;
  readonly definition: string;
  readonly definitionVersion: number;
  readonly status?: string;
  readonly state?: string;
  readonly stuck?: boolean;
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

const SIGNS: Readonly<Record<Progress, string>> = {
  current: '●',
  taken: '✓',
  compensated: '↩',
  remaining: '○',
  open: '·',
};

/**
 * Shows a graph.
 * @throws CommandFailure when neither a saga nor a definition is given, or both are
 */
export async function graph(context: Context, id: string | undefined, options: GraphOptions): Promise<void> {
  const path = pathOf(id, options.definition);
  if (options.mermaid) return context.out((await context.api.text(`${path}?format=mermaid`)).trimEnd());
  const found = await context.api.get<Graph>(path);
  context.out(
    renderOne(options.output, found, (one) => drawn(printableIn(one), options.all ?? false, context.columns)),
  );
}

function pathOf(id: string | undefined, definition: string | undefined): string {
  if ((id === undefined) === (definition === undefined))
    throw new CommandFailure(
      EXIT.usage,
      'Give a saga’s id, or --definition with a name and a version: order/1.',
    );
  if (id !== undefined) return `/v1/sagas/${encodeURIComponent(id)}/graph`;
  const [, name = '', version = ''] = /^([^/]+)\/(\d+)$/.exec(definition ?? '') ?? [];
  if (name === '')
    throw new CommandFailure(
      EXIT.usage,
      `"${definition}" is no definition with its version, such as order/1.`,
    );
  return `/v1/definitions/${encodeURIComponent(name)}/${version}/graph`;
}

function drawn(found: Graph, all: boolean, columns: number | undefined): string {
  const isSaga = found.sagaId !== undefined;
  const isShown = ({ progress }: Node | Edge) => !isSaga || all || progress !== 'open';
  const edges = found.edges.filter(isShown);
  const nodes = found.nodes.filter(
    (node) => isShown(node) || found.nodes.some((child) => child.parent === node.id && isShown(child)),
  );
  const width = Math.max(0, ...edges.map((edge) => causeOf(edge).length));
  const lines = nodes.flatMap((node) => {
    const own = edges.filter(({ from }) => from === node.id);
    const indent = '  '.repeat(depthOf(node, found.nodes));
    return [
      indent + titleOf(node, isSaga),
      ...own.map((edge, i) => {
        const branch = i === own.length - 1 ? '└─' : '├─';
        return `${indent}${branch} ${signOf(edge, isSaga)}${causeOf(edge).padEnd(width)} ${targetOf(edge)}`;
      }),
    ];
  });
  const hidden = found.edges.length - edges.length;
  return [
    headOf(found),
    ...(isSaga ? ['● here, or awaited   ✓ taken   ↩ taken and undone   ○ to come   · not on its way'] : []),
    '',
    ...lines,
    ...(hidden > 0
      ? ['', `${hidden} transitions that are not on its way are left out: --all draws them.`]
      : []),
  ]
    .map((line) => wrap(line, columns, 6))
    .join('\n');
}

function headOf({ sagaId, definition, definitionVersion, status, state, stuck }: Graph): string {
  const name = `${definition} v${definitionVersion}`;
  if (sagaId === undefined) return name;
  return `${sagaId}  ${name}  ${status}: ${state}${stuck ? ', stuck' : ''}`;
}

function titleOf({ id, parent, kind, commands, publishes, progress }: Node, isSaga: boolean): string {
  const name = parent === null ? id : id.slice(parent.length + 1);
  const acts = [...commands, ...publishes.map((event) => `publishes ${event}`)];
  const does = acts.length === 0 ? '' : `  (${acts.join(', ')})`;
  const sign = isSaga && kind !== 'group' ? `${SIGNS[progress ?? 'open']} ` : '';
  return `${sign}${name}${kind === 'group' ? ':' : ''}${does}`;
}

function signOf({ progress }: Edge, isSaga: boolean): string {
  return isSaga ? `${SIGNS[progress ?? 'open']} ` : '';
}

function causeOf({ event, kind, guard }: Edge): string {
  return `${event}${kind === 'timer' ? ' (time limit)' : ''}${guard === null ? '' : ` [${guard}]`}`;
}

function targetOf({ to, stays, raises, versions = [] }: Edge): string {
  const incident = raises === null ? '' : `incident ${raises}`;
  const target = stays ? `stays${incident === '' ? '' : `, ${incident}`}` : `→ ${to}`;
  const times = versions.length === 0 ? '' : `  ${versions.map((version) => `#${version}`).join(' ')}`;
  return target + times;
}

function depthOf({ parent }: Node, nodes: readonly Node[]): number {
  const above = nodes.find(({ id }) => id === parent);
  return above === undefined ? 0 : 1 + depthOf(above, nodes);
}
