/** A machine as a picture: its states, the transitions between them, each in a tone that the legend names. */
import { Group } from '@mantine/core';
import { useId } from 'react';
import {
  layoutOf,
  type Machine,
  NODE_HEIGHT,
  NODE_WIDTH,
  type State,
  type Transition,
} from './machine-layout.ts';

interface DrawnState extends State {
  readonly commands: readonly string[];
}
interface DrawnTransition extends Transition {
  readonly event: string;
  readonly guard: string | null;
}

interface Given<N extends DrawnState, E extends DrawnTransition, T extends string> {
  readonly machine: Machine<N, E>;
  readonly title: string;
  /** The picture in words, for those who do not see it. */
  readonly words: string;
  /** Each tone by its name; a transition of a later one is drawn over those of earlier ones. */
  readonly tones: Readonly<Record<T, string>>;
  readonly toneOfState: (node: N) => T | 'state';
  readonly toneOf: (edge: E) => T;
}

export function MachineDrawing<N extends DrawnState, E extends DrawnTransition, T extends string>(
  given: Given<N, E, T>,
) {
  const { machine, title, words, tones, toneOfState, toneOf } = given;
  // Two drawings may stand in one page.
  const prefix = useId();
  const names = Object.keys(tones) as T[];
  const { nodes, edges, width, height } = layoutOf(machine, (edge) => names.indexOf(toneOf(edge)));
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard */}
      <section className="scroll" tabIndex={0} aria-label={title}>
        <svg
          className="machine"
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={words}
        >
          <defs>
            {names.map((tone) => (
              <marker
                key={tone}
                id={`${prefix}-${tone}`}
                viewBox="0 0 8 8"
                refX="4"
                refY="4"
                markerWidth="7"
                markerHeight="7"
                markerUnits="userSpaceOnUse"
                orient="auto"
              >
                <path d="M0,0.5 L7,4 L0,7.5 z" data-tone={tone} className="arrow" />
              </marker>
            ))}
          </defs>
          {edges.map(({ edge, path }) => (
            <path
              key={edge.id}
              d={path}
              className="edge"
              data-tone={toneOf(edge)}
              markerEnd={`url(#${prefix}-${toneOf(edge)})`}
            >
              <title>{`${edge.event}${edge.guard === null ? '' : ` [${edge.guard}]`}`}</title>
            </path>
          ))}
          {nodes.map(({ node, x, y }) => (
            <g key={node.id} className="node" data-tone={toneOfState(node)} data-kind={node.kind}>
              <rect
                x={x}
                y={y}
                width={NODE_WIDTH}
                height={NODE_HEIGHT}
                rx={node.kind === 'end' ? NODE_HEIGHT / 2 : 4}
              />
              <text x={x + NODE_WIDTH / 2} y={y + NODE_HEIGHT / 2 + 4.5} textAnchor="middle">
                {node.id.slice(node.id.lastIndexOf('.') + 1)}
              </text>
              <title>{[node.id, ...node.commands].join(' · ')}</title>
            </g>
          ))}
        </svg>
      </section>
      <Group gap="md" mt="xs" className="legend">
        {names.toReversed().map((tone) => (
          <span key={tone}>
            <span className="swatch" data-tone={tone} aria-hidden />
            {tones[tone]}
          </span>
        ))}
      </Group>
    </>
  );
}
