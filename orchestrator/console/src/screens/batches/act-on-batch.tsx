/** Pauses, resumes or cancels a batch, as planned. */
import { Alert, NativeSelect, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { Batch, BatchActionRequest, BatchActPlan } from '../../generated/api.ts';
import { curlPost, quoted } from '../../parts/lines.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { BatchState } from './batch-values.tsx';

type Act = BatchActionRequest['action'];

export function ActOnBatch({ batch: { batchId, state } }: { readonly batch: Batch }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const acts: readonly Act[] = state === 'running' ? ['pause', 'cancel'] : ['resume', 'cancel'];
  const [chosen, setChosen] = useState<Act>(acts[0] as Act);
  const action = acts.includes(chosen) ? chosen : (acts[0] as Act);
  const params = { id: batchId };
  return (
    <Panel title={t.batch.act}>
      <PlanFirst
        draft={batchId}
        fields={action}
        makePlan={async (reason) =>
          (await call('actOnBatch', { params, body: { action, reason, dryRun: true } })) as BatchActPlan
        }
        showPlan={(plan) => <ActPlan plan={plan} />}
        isPossible={({ changes }) => changes}
        applyPlan={async ({ planHash }, reason) =>
          (await call('actOnBatch', { params, body: { action, reason, planHash } })) as Batch
        }
        onApplied={(now) => {
          queries.setQueryData(['batch', batchId], now);
          void queries.invalidateQueries({ queryKey: ['batch', batchId] });
        }}
        linesOf={({ planHash }, reason) => ({
          command: `npm run -s saga -- batch ${action} ${batchId} --reason ${quoted(reason)} --plan ${planHash} --yes`,
          curl: curlPost(
            `${location.origin}/v1/batches/${batchId}/actions`,
            {},
            { action, reason, planHash },
          ),
        })}
      >
        <NativeSelect
          label={t.act.choose}
          value={action}
          onChange={({ currentTarget: { value } }) => setChosen(value as Act)}
          data={acts.map((value) => ({ value, label: t.batch.acts[value] }))}
        />
      </PlanFirst>
    </Panel>
  );
}

function ActPlan({ plan }: { readonly plan: BatchActPlan }) {
  const { t, format } = useTexts();
  const { changes, nextState, waiting, watched, ended, planHash } = plan;
  if (!changes) return <Alert color="yellow">{t.act.impossible}</Alert>;
  return (
    <div className="plan">
      <PlanTitle hash={planHash} />
      <Text size="sm">
        {t.act.next}: <BatchState state={nextState} />
      </Text>
      <ul>
        <li>
          {t.batch.waiting}: {format.count(waiting)}
        </li>
        <li>
          {t.batch.watched}: {format.count(watched)}
        </li>
        <li>
          {t.batch.ended}: {format.count(ended)}
        </li>
      </ul>
    </div>
  );
}
