/** Plans an act on many sagas, and begins exactly that. */
import { Alert, Group, NativeSelect, NumberInput, Pill, Text, Title } from '@mantine/core';
import { getRouteApi, Link, useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { Batch, SagaBatchPlan, SagaBatchRequest } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { FilterPills } from '../filter-pills.tsx';
import { BatchPlanView } from './batch-plan-view.tsx';
import { batchCommandLine, batchCurlLine, isChosen, type SagaSet, setOf } from './batch-request.ts';

const route = getRouteApi('/batches/new');
const VERBS = ['retry', 'compensate', 'pause', 'resume', 'resolve'] as const;
type Verb = (typeof VERBS)[number];
/** As the API has it where nothing is said. */
const PER_SECOND = 20;
const PER_SECOND_MAX = 1_000;

export function NewBatch() {
  const { t } = useTexts();
  const filters = route.useSearch();
  const sagaIds = useLocation({ select: ({ state }) => state.sagaIds });
  const navigate = route.useNavigate();
  const mayAct = useMay('actOnSagas');
  const [verb, setVerb] = useState<Verb>('retry');
  const [perSecond, setPerSecond] = useState<number | string>(PER_SECOND);
  const set: SagaSet = sagaIds === undefined ? { filters } : { sagaIds };
  const requestOf = (reason: string, more: object) =>
    ({ action: verb, perSecond, reason, ...more }) as unknown as SagaBatchRequest;
  const linesOf = ({ planHash }: SagaBatchPlan, reason: string) => {
    const request = { set, action: verb, perSecond: Number(perSecond), reason, planHash };
    return { command: batchCommandLine(request), curl: batchCurlLine(location.origin, request) };
  };
  const isRate = typeof perSecond === 'number' && perSecond >= 1;
  return (
    <div className="narrow">
      <Text size="xs" mb={4}>
        <Link to="/sagas" search={filters} className="back">
          ← {t.sagas}
        </Link>
      </Text>
      <Title order={1} mb="sm">
        {t.batch.new}
      </Title>
      {!isChosen(set) && <Alert color="yellow">{t.batch.chooseFirst}</Alert>}
      {isChosen(set) && !mayAct && <Alert color="yellow">{t.states.forbidden}</Alert>}
      {isChosen(set) && mayAct && (
        <Panel title={t.batch.which}>
          <PlanFirst
            draft="batch"
            fields={JSON.stringify([set, verb, perSecond])}
            isComplete={isRate}
            makePlan={async (reason) =>
              (await call('actOnSagas', {
                body: requestOf(reason, { ...setOf(set), dryRun: true }),
              })) as SagaBatchPlan
            }
            showPlan={(plan) => <BatchPlanView plan={plan} />}
            isPossible={({ sagas }) => sagas > 0}
            // By their ids: the set stays the one that was shown.
            applyPlan={async ({ planHash, sagaIds: planned }, reason, key) =>
              (await call('actOnSagas', {
                headers: { 'idempotency-key': key },
                body: requestOf(reason, { sagaIds: planned, planHash }),
              })) as Batch
            }
            linesOf={linesOf}
            onApplied={({ batchId }) => void navigate({ to: '/batches/$id', params: { id: batchId } })}
          >
            <Group gap={4}>
              {'sagaIds' in set ? (
                <Pill>{t.list.selected(set.sagaIds.length)}</Pill>
              ) : (
                <FilterPills filters={filters} />
              )}
            </Group>
            <NativeSelect
              label={t.act.choose}
              value={verb}
              onChange={({ currentTarget: { value } }) => setVerb(value as Verb)}
              data={VERBS.map((value) => ({ value, label: t.act.names[value] }))}
            />
            <NumberInput
              label={t.batch.perSecond}
              description={t.batch.perSecondAbout}
              value={perSecond}
              onChange={setPerSecond}
              min={1}
              max={PER_SECOND_MAX}
              allowDecimal={false}
              hideControls
            />
          </PlanFirst>
        </Panel>
      )}
    </div>
  );
}
