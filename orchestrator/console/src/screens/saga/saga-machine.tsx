/** A saga's way through its machine: what it took, where it is, what is undone, and what remains. */
import { Group } from '@mantine/core';
import type { SagaGraph } from '../../generated/api.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { layoutOf, NODE_HEIGHT, NODE_WIDTH } from './machine-layout.ts';

const LEGEND = ['taken', 'current', 'compensated', 'remaining', 'open'] as const;

export function SagaMachine({ graph }: { readonly graph: SagaGraph }) {
  const { t } = useTexts();
  const { nodes, edges, width, height } = layoutOf(graph);
  const words = nodes
    .filter(({ node }) => node.progress !== 'open')
    .map(({ node }) => `${node.id}: ${t.saga.legend[node.progress]}`);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by the keyboard */}
      <section className="scroll" tabIndex={0} aria-label={`${t.saga.machine}: ${graph.definition}`}>
        <svg
          className="machine"
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={words.join('; ')}
        >
          <defs>
            {LEGEND.map((progress) => (
              <marker
                key={progress}
                id={`arrow-${progress}`}
                viewBox="0 0 8 8"
                refX="4"
                refY="4"
                markerWidth="7"
                markerHeight="7"
                markerUnits="userSpaceOnUse"
                orient="auto"
              >
                <path d="M0,0.5 L7,4 L0,7.5 z" data-progress={progress} className="arrow" />
              </marker>
            ))}
          </defs>
          {edges.map(({ edge, path }) => (
            <path
              key={edge.id}
              d={path}
              className="edge"
              data-progress={edge.progress}
              markerEnd={`url(#arrow-${edge.progress})`}
            >
              <title>{`${edge.event}${edge.guard === null ? '' : ` [${edge.guard}]`}`}</title>
            </path>
          ))}
          {nodes.map(({ node, x, y }) => (
            <g key={node.id} className="node" data-progress={node.progress} data-kind={node.kind}>
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
        {LEGEND.map((progress) => (
          <span key={progress}>
            <span className="swatch" data-progress={progress} aria-hidden />
            {t.saga.legend[progress]}
          </span>
        ))}
      </Group>
    </>
  );
}
