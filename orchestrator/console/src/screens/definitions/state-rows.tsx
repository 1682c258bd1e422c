/** What each state of a machine does, and where each of its events leads. */
import type { DefinitionGraph } from '../../generated/api.ts';
import { StateName } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { GraphState, GraphTransition } from './compare-graphs.ts';

export function StateRows({ graph: { nodes, edges } }: { readonly graph: DefinitionGraph }) {
  return (
    <ul className="rows">
      {nodes.map((node) => (
        <Row key={node.id} of={node} transitions={edges.filter(({ from }) => from === node.id)} />
      ))}
    </ul>
  );
}

function Row({
  of: { id, status, commands, publishes },
  transitions,
}: {
  readonly of: GraphState;
  readonly transitions: readonly GraphTransition[];
}) {
  const { t } = useTexts();
  return (
    <li className="state-row">
      <span className="strong">
        <StateName state={id} />
      </span>{' '}
      {status !== null && <span className="dim">{t.status[status]}</span>}
      <Named name={t.definitions.sends} values={commands} />
      <Named name={t.definitions.publishes} values={publishes} />
      {transitions.length > 0 && (
        <ul className="transitions">
          {transitions.map((one) => (
            <li key={one.id}>
              <Cause event={one.event} guard={one.guard} />{' '}
              {one.stays ? (
                <span className="dim">{t.definitions.stays}</span>
              ) : (
                <>
                  → <StateName state={one.to} />
                </>
              )}
              {one.raises !== null && (
                <span className="dim">
                  {' '}
                  · {t.saga.incident} <span className="mono">{one.raises}</span>
                </span>
              )}
              {one.publishes.length > 0 && (
                <span className="dim">
                  {' '}
                  · {t.definitions.publishes} <span className="mono">{one.publishes.join(', ')}</span>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

/** An event, and the condition under which it counts. */
export function Cause({ event, guard }: { readonly event: string; readonly guard: string | null }) {
  return (
    <span className="mono">
      {event}
      {guard !== null && <span className="dim"> [{guard}]</span>}
    </span>
  );
}

function Named({ name, values }: { readonly name: string; readonly values: readonly string[] }) {
  if (values.length === 0) return null;
  return (
    <span className="line dim">
      {name} <span className="mono">{values.join(', ')}</span>
    </span>
  );
}
