/** Lets go of a brake at a rate, or changes the rate. */
import { NumberInput, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { Brake, BrakeWithHeld, ReleasePlan } from '../../generated/api.ts';
import { curlPost, quoted } from '../../parts/lines.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { Weighed } from './brake-values.tsx';

export function ReleaseBrake({ brake: { brakeId, perSecond: present } }: { readonly brake: BrakeWithHeld }) {
  const { t, format } = useTexts();
  const queries = useQueryClient();
  const [typed, setTyped] = useState<number | string>(present ?? 20);
  const params = { id: brakeId };
  const perSecond = Number(typed);
  return (
    <Panel title={t.brakes.release}>
      <PlanFirst
        draft={`release.${brakeId}`}
        fields={String(typed)}
        isComplete={perSecond >= 1}
        makePlan={async (reason) =>
          (await call('releaseBrake', { params, body: { perSecond, reason, dryRun: true } })) as ReleasePlan
        }
        showPlan={({ held, newPerSecond, takesSeconds, planHash }) => (
          <div className="plan">
            <PlanTitle hash={planHash} />
            <Text size="sm">
              {t.brakes.letsGo} <Weighed of={held} />
            </Text>
            <Text size="sm">{t.brakes.newcomers(format.count(Math.round(newPerSecond * 10) / 10))}</Text>
            <Text size="sm">
              {takesSeconds === null ? t.brakes.never : t.brakes.takes(format.span(takesSeconds * 1000))}
            </Text>
          </div>
        )}
        isPossible={() => true}
        applyPlan={async ({ planHash }, reason, key) =>
          (await call('releaseBrake', {
            params,
            headers: { 'idempotency-key': key },
            body: { perSecond, reason, planHash },
          })) as Brake
        }
        onApplied={() => void queries.invalidateQueries({ queryKey: ['brakes'] })}
        linesOf={({ planHash }, reason) => ({
          command: [
            `npm run -s saga -- brake release ${brakeId} --rps ${perSecond}`,
            `--reason ${quoted(reason)} --plan ${planHash} --yes`,
          ].join(' '),
          curl: curlPost(
            `${location.origin}/v1/brakes/${brakeId}/release`,
            {},
            { perSecond, reason, planHash },
          ),
        })}
      >
        <NumberInput
          label={t.batch.perSecond}
          description={t.brakes.perSecondAbout}
          value={typed}
          onChange={setTyped}
          min={1}
          allowDecimal={false}
          hideControls
        />
      </PlanFirst>
    </Panel>
  );
}
