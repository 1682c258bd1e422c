/** The plan of an action: the messages that it sends, what they move, and where the saga goes. */
import { Alert, Stack, Text } from '@mantine/core';
import type { Plan } from '../../generated/api.ts';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { StateName } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';

export function PlanView({ plan }: { readonly plan: Plan }) {
  const { t } = useTexts();
  if (plan.outcome !== 'applies') {
    return (
      <Alert color="yellow" title={t.act.impossible}>
        {plan.detail}
      </Alert>
    );
  }
  const { sends, totals, state, afterwards, planHash } = plan;
  return (
    <div className="plan">
      <Stack gap={6}>
        <PlanTitle hash={planHash} />
        <Text size="xs" c="dimmed">
          {t.act.planAbout}
        </Text>
        {sends.length === 0 ? (
          <Text size="sm">{t.act.sendsNothing}</Text>
        ) : (
          <div>
            <Text size="sm">{t.act.sends}</Text>
            <ul>
              {sends.map(({ id, type, topic, again }) => (
                <li key={id}>
                  <span className="mono">{type}</span> <span className="dim">→ {topic}</span>
                  {again && <span className="dim"> ({t.act.again})</span>}
                </li>
              ))}
            </ul>
          </div>
        )}
        {totals.length === 0 ? (
          <Text size="sm">{t.act.movesNothing}</Text>
        ) : (
          <div>
            <Text size="sm">{t.act.moves}</Text>
            <ul>
              {totals.map(({ kind, effect, of, text }) => (
                <li key={`${kind} ${effect} ${of}`}>
                  <strong>{text}</strong> {effect}
                </li>
              ))}
            </ul>
          </div>
        )}
        <Text size="sm">
          {t.act.next}: <StateName state={state} />
        </Text>
        {afterwards.complete && (
          <Text size="sm">
            {t.act.afterwards}: {t.status[afterwards.status]}
          </Text>
        )}
      </Stack>
    </div>
  );
}
