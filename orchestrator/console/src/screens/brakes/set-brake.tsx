/** Sets a brake, as planned. */
import { Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { Brake, BrakePlan } from '../../generated/api.ts';
import { curlPost, quoted } from '../../parts/lines.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { Weighed } from './brake-values.tsx';

export function SetBrake() {
  const { t, format } = useTexts();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('payment.charge');
  const holds = typed.trim();
  return (
    <Panel title={t.brakes.set}>
      <PlanFirst
        draft="brake"
        fields={holds}
        isComplete={holds !== ''}
        makePlan={async (reason) =>
          (await call('setBrake', { body: { holds, reason, dryRun: true } })) as BrakePlan
        }
        showPlan={({ inForce, ahead, countsWithinMs, planHash }) => (
          <div className="plan">
            <PlanTitle hash={planHash} />
            <Text size="sm">
              {t.brakes.willHold} <span className="mono">{holds}</span>
            </Text>
            {inForce && <Text size="sm">{t.brakes.already}</Text>}
            {ahead !== null && (
              <Text size="sm">
                {t.brakes.ahead}: <Weighed of={ahead} />
              </Text>
            )}
            <Text size="xs" c="dimmed">
              {t.brakes.counts(format.span(countsWithinMs))}
            </Text>
          </div>
        )}
        isPossible={({ inForce }) => !inForce}
        applyPlan={async ({ planHash }, reason, key) =>
          (await call('setBrake', {
            headers: { 'idempotency-key': key },
            body: { holds, reason, planHash },
          })) as Brake
        }
        onApplied={() => void queries.invalidateQueries({ queryKey: ['brakes'] })}
        linesOf={({ planHash }, reason) => ({
          command: `npm run -s saga -- brake set ${quoted(holds)} --reason ${quoted(reason)} --plan ${planHash} --yes`,
          curl: curlPost(`${location.origin}/v1/brakes`, {}, { holds, reason, planHash }),
        })}
      >
        <TextInput
          label={t.brakes.holds}
          description={t.brakes.holdsAbout}
          value={typed}
          maxLength={100}
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </PlanFirst>
    </Panel>
  );
}
