/** The plan of a batch: on how many sagas, what they are sent together, what it moves, and the first of them. */
import { Alert, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { SagaBatchPlan } from '../../generated/api.ts';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { ShortId, StateName } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';

/** Those that a person reads; the command line has all. */
const SHOWN = 10;

export function BatchPlanView({ plan }: { readonly plan: SagaBatchPlan }) {
  const { t, format } = useTexts();
  const { sagas, messages, totals, impossible, isComplete, listed, perSecond, planHash } = plan;
  const shown = listed.slice(0, SHOWN);
  return (
    <Stack gap="xs">
      {sagas === 0 ? (
        <Alert color="yellow" title={t.act.impossible}>
          {impossible.length === 0 && t.list.empty}
        </Alert>
      ) : (
        <div className="plan">
          <PlanTitle hash={planHash} />
          <Text size="xs" c="dimmed" mb={6}>
            {t.batch.planAbout(format.count(perSecond))}
          </Text>
          <Text size="sm">{t.batch.sends(format.count(sagas), format.count(messages))}</Text>
          {totals.length === 0 ? (
            <Text size="sm">{t.act.movesNothing}</Text>
          ) : (
            <>
              <Text size="sm">{t.act.moves}</Text>
              <ul>
                {totals.map(({ kind, effect, of, text }) => (
                  <li key={`${kind} ${effect} ${of}`}>
                    <strong>{text}</strong> {effect}
                  </li>
                ))}
              </ul>
            </>
          )}
          {!isComplete && <Text size="sm">{t.batch.partial}</Text>}
          <ul className="rows">
            {shown.map(({ number, sagaId, state, next, sends }) => (
              <li key={sagaId} className="row">
                <span className="number dim">{format.count(number)}</span>
                <Link to="/sagas/$id" params={{ id: sagaId }}>
                  <ShortId id={sagaId} />
                </Link>
                <span className="grow">
                  <StateName state={state} />
                  {next.state !== state && (
                    <>
                      {' '}
                      → <StateName state={next.state} />
                    </>
                  )}
                </span>
                <span className="mono dim">{sends.map(({ type }) => type).join(', ')}</span>
              </li>
            ))}
          </ul>
          {sagas > shown.length && (
            <Text size="xs" c="dimmed">
              {t.count.more(sagas - shown.length)}
            </Text>
          )}
        </div>
      )}
      {impossible.map(({ why, sagas: count }) => (
        <Text size="sm" key={why}>
          {t.batch.leaves(format.count(count))} {why}
        </Text>
      ))}
    </Stack>
  );
}
