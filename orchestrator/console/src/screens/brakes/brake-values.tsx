/** Small values of brakes: the state, and what one weighs. */
import { Badge, Group } from '@mantine/core';
import type { Brake, WeighedSagas } from '../../generated/api.ts';
import { useTexts } from '../../texts/use-texts.ts';

const COLOURS: Readonly<Record<Brake['state'], string>> = {
  'in-force': 'red',
  releasing: 'orange',
  ended: 'gray',
};

export function BrakeState({ state }: { readonly state: Brake['state'] }) {
  const { t } = useTexts();
  return (
    <Badge color={COLOURS[state]} className="flag" data-state={state}>
      {t.brakes.states[state]}
    </Badge>
  );
}

/** Some sagas, and the money in them. */
export function Weighed({ of: { sagas, money, isPartial } }: { readonly of: WeighedSagas }) {
  const { t, format } = useTexts();
  return (
    <Group gap={6} component="span" display="inline-flex">
      <strong>{isPartial ? t.count.atLeast(sagas) : t.count.sagas(sagas)}</strong>
      {money.map(({ currency, amount }) => (
        <span key={currency} className="number">
          {format.money(amount, currency)}
        </span>
      ))}
    </Group>
  );
}
