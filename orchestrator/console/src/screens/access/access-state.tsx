/** The state of a key or of an erasure. */
import { Badge } from '@mantine/core';
import type { ApiKey, Erasure } from '../../generated/api.ts';
import { useTexts } from '../../texts/use-texts.ts';

type State = ApiKey['state'] | Erasure['state'];
const COLOURS: Readonly<Record<State, string>> = {
  live: 'teal',
  expired: 'gray',
  revoked: 'gray',
  waiting: 'orange',
  done: 'teal',
};

export function AccessState({ state }: { readonly state: State }) {
  const { t } = useTexts();
  return (
    <Badge color={COLOURS[state]} className="flag" data-state={state}>
      {t.access.states[state]}
    </Badge>
  );
}
