/** Small values of batches: what is done, the state, an outcome. */
import { Badge } from '@mantine/core';
import type { Batch } from '../../generated/api.ts';
import { useTexts } from '../../texts/use-texts.ts';

const STATES: Readonly<Record<Batch['state'], string>> = {
  running: 'blue',
  paused: 'violet',
  stopped: 'red',
  cancelled: 'gray',
  done: 'teal',
};
const GOOD = ['completed', 'compensated', 'applied', 'sent', 'discarded'];
const BAD = ['failed-again', 'parked-again', 'undecided'];
/** Batches of sagas are named after their action. */
const OF_SAGAS = '-sagas';

export const isOfSagas = (kind: string): boolean => kind.endsWith(OF_SAGAS);

/** A colour of the theme. */
export function colourOf(outcome: string): string {
  if (GOOD.includes(outcome)) return 'teal';
  return BAD.includes(outcome) ? 'red' : 'gray';
}

export function BatchKind({ kind }: { readonly kind: string }) {
  const { t } = useTexts();
  const names: Readonly<Record<string, string>> = t.batch.kinds;
  return names[kind] ?? kind;
}

export function BatchState({ state }: { readonly state: Batch['state'] }) {
  const { t } = useTexts();
  return (
    <Badge color={STATES[state]} className="flag" data-state={state}>
      {t.batch.states[state]}
    </Badge>
  );
}

export function Outcome({ outcome }: { readonly outcome: string }) {
  const { t } = useTexts();
  const names: Readonly<Record<string, string>> = t.batch.outcomes;
  return (
    <Badge color={colourOf(outcome)} className="flag" data-outcome={outcome}>
      {names[outcome] ?? outcome}
    </Badge>
  );
}
