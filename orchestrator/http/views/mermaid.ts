/** A graph as a Mermaid flowchart, the same text for the same graph. Pure. */
import type { View } from '#platform/http/schemas.ts';
import type { definitionGraph, sagaGraph } from './graph-schema.ts';

/** As registered with IANA. */
export const MERMAID = 'application/vnd.mermaid';

type Graph = View<typeof definitionGraph> | View<typeof sagaGraph>;
type Node = Graph['nodes'][number];
type Edge = Graph['edges'][number];

/** Colours that differ on light and dark grounds; an open one has the theme’s. */
const COLOURS = {
  current: '#1971c2',
  taken: '#2f9e44',
  compensated: '#e67700',
  remaining: '#868e96',
} as const;

/** The flowchart: a box a state, a frame a group; a saga's progress in colours. */
export function mermaidOf({ nodes, edges }: Graph): string {
  const names = new Map(nodes.map(({ id }, i) => [id, `s${i}`]));
  const nameOf = (id: string) => names.get(id) ?? id;
  const boxes = (parent: string | null, indent: string): string[] =>
    nodes
      .filter((node) => node.parent === parent)
      .flatMap((node) =>
        node.kind === 'group'
          ? [
              `${indent}subgraph ${nameOf(node.id)}["${labelOf(node)}"]`,
              ...boxes(node.id, `${indent}  `),
              `${indent}end`,
            ]
          : [`${indent}${nameOf(node.id)}${shapeOf(node)}`],
      );
  const lines = edges.map(
    (edge) =>
      `  ${nameOf(edge.from)} ${edge.kind === 'timer' ? '-.->' : '-->'}|"${eventOf(edge)}"| ${nameOf(edge.to)}`,
  );
  const styles = Object.entries(COLOURS).flatMap(([progress, colour]) => {
    const some = nodes.filter((node) => progressOf(node) === progress && node.kind !== 'group');
    const links = edges.flatMap((edge, i) => (progressOf(edge) === progress ? [i] : []));
    const width = progress === 'current' ? 4 : 2;
    return [
      ...(some.length === 0
        ? []
        : [
            `  classDef ${progress} stroke:${colour},stroke-width:${width}px`,
            `  class ${some.map(({ id }) => nameOf(id)).join(',')} ${progress}`,
          ]),
      ...(links.length === 0
        ? []
        : [`  linkStyle ${links.join(',')} stroke:${colour},stroke-width:${width}px`]),
    ];
  });
  return `${['flowchart TD', ...boxes(null, '  '), ...lines, ...styles].join('\n')}\n`;
}

function shapeOf(node: Node): string {
  const label = `"${labelOf(node)}"`;
  return node.kind === 'step' ? `[${label}]` : `([${label}])`;
}

function labelOf({ id, parent, commands }: Node): string {
  const name = parent === null ? id : id.slice(parent.length + 1);
  return [name, ...commands].map(escaped).join('<br/>');
}

function eventOf({ event, guard, raises }: Edge): string {
  return escaped(
    [event, guard !== null && `[${guard}]`, raises !== null && `/ ${raises}`].filter(Boolean).join(' '),
  );
}

function progressOf(part: Node | Edge): string | null {
  return 'progress' in part ? part.progress : null;
}

/** Mermaid's own entities: a name of a definition may hold anything. */
function escaped(text: string): string {
  return text.replaceAll(/[^\w .,:/[\]-]/gu, (one) => `#${one.codePointAt(0)};`);
}
