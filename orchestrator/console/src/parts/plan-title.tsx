/** The title of a plan, with the beginning of its hash. */
import { Text } from '@mantine/core';
import { useTexts } from '../texts/use-texts.ts';

export function PlanTitle({ hash }: { readonly hash: string }) {
  const { t } = useTexts();
  return (
    <Text size="sm" fw={600}>
      {t.act.planTitle} <span className="mono dim">{hash.slice(0, 12)}</span>
    </Text>
  );
}
