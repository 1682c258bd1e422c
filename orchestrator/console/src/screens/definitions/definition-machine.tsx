/** The machine of one version: each line in the tone of what causes it. */
import type { DefinitionGraph } from '../../generated/api.ts';
import { MachineDrawing } from '../../parts/machine-drawing.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { GraphTransition } from './compare-graphs.ts';

/** The way forward last, and so above the others. */
const CAUSES = ['action', 'timer', 'refusal', 'success'] as const;
type Cause = (typeof CAUSES)[number];

/** The message that starts a saga is a step of its way forward. */
const causeOf = ({ kind }: GraphTransition): Cause => (kind === 'start' ? 'success' : kind);

export function DefinitionMachine({ graph }: { readonly graph: DefinitionGraph }) {
  const { t } = useTexts();
  const name = `${graph.definition} v${graph.definitionVersion}`;
  return (
    <MachineDrawing
      machine={graph}
      title={`${t.definitions.machine}: ${name}`}
      words={`${name}: ${t.definitions.inWords}`}
      tones={
        Object.fromEntries(CAUSES.map((one) => [one, t.definitions.causes[one]])) as Record<Cause, string>
      }
      toneOfState={() => 'state'}
      toneOf={causeOf}
    />
  );
}
