/** A saga's way through its machine: what it took, where it is, what is undone, and what remains. */
import type { SagaGraph } from '../../generated/api.ts';
import { MachineDrawing } from '../../parts/machine-drawing.tsx';
import { useTexts } from '../../texts/use-texts.ts';

/** The one that says most last. */
const PROGRESS = ['open', 'remaining', 'compensated', 'taken', 'current'] as const;
type Progress = (typeof PROGRESS)[number];

export function SagaMachine({ graph }: { readonly graph: SagaGraph }) {
  const { t } = useTexts();
  const words = graph.nodes
    .filter(({ kind, progress }) => kind !== 'group' && progress !== 'open')
    .map(({ id, progress }) => `${id}: ${t.saga.legend[progress]}`);
  return (
    <MachineDrawing
      machine={graph}
      title={`${t.saga.machine}: ${graph.definition}`}
      words={words.join('; ')}
      tones={Object.fromEntries(PROGRESS.map((one) => [one, t.saga.legend[one]])) as Record<Progress, string>}
      toneOfState={({ progress }) => progress}
      toneOf={({ progress }) => progress}
    />
  );
}
