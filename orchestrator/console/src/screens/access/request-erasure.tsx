/** Requests that a customer's personal data be erased, as planned. The customer's id is in no address, and in no draft. */
import { Alert, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { Erasure, ErasurePlan } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { erasureLines } from './access-lines.ts';

export function RequestErasure() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const customerId = typed.trim();
  return (
    <Panel title={t.access.erasures.request}>
      <PlanFirst
        draft="erasure"
        fields={customerId}
        isComplete={customerId !== ''}
        makePlan={async (reason) =>
          (await call('requestErasure', { body: { customerId, reason, dryRun: true } })) as ErasurePlan
        }
        showPlan={({ orders, underWay, waiting, planHash }) => (
          <div className="plan">
            <PlanTitle hash={planHash} />
            <Text size="sm" fw={600}>
              {t.access.erasures.plan(t.access.erasures.orders(orders))}
            </Text>
            {underWay > 0 && <Text size="sm">{t.access.erasures.underWay(underWay)}</Text>}
            {waiting && (
              <Alert color="yellow" mt="xs">
                {t.access.erasures.already}
              </Alert>
            )}
          </div>
        )}
        isPossible={() => true}
        applyPlan={async ({ planHash }, reason, key) =>
          (await call('requestErasure', {
            headers: { 'idempotency-key': key },
            body: { customerId, reason, planHash },
          })) as Erasure
        }
        onApplied={() => {
          setTyped('');
          void queries.invalidateQueries({ queryKey: ['erasures'] });
        }}
        linesOf={({ planHash }, reason) => erasureLines(location.origin, customerId, { reason, planHash })}
      >
        <TextInput
          label={t.access.erasures.customer}
          description={t.access.erasures.reasonAbout}
          value={typed}
          maxLength={100}
          autoComplete="off"
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </PlanFirst>
    </Panel>
  );
}
