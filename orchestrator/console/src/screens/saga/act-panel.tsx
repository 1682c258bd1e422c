/** Acts on a saga: the plan first, then the reason that is kept, then exactly that plan or nothing. */
import { Alert, Button, Group, NativeSelect, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { ApiProblem, call } from '../../api/call.ts';
import type { Action, ActionRequest, Plan, Saga } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import { useDraft } from '../../parts/use-draft.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { type ActRequest, commandLine, curlLine } from './act-lines.ts';
import { PlanView } from './plan-view.tsx';

type Verb = 'retry' | 'compensate' | 'pause' | 'resume' | 'skip' | 'resolve';
const POLL_MS = 300;
/** A running engine takes an action within seconds. */
const OUTCOME_WAIT_MS = 30_000;

/** What may be possible; the plan says what is. */
function verbsOf({ endedAt, paused, stuck }: Saga): Verb[] {
  if (endedAt !== null) return stuck ? ['resolve', 'retry'] : ['resume'];
  return paused ? ['resume', 'compensate'] : ['retry', 'compensate', 'pause', 'skip'];
}

export function ActPanel({ saga }: { readonly saga: Saga }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const verbs = verbsOf(saga);
  const [chosen, setChosen] = useState<Verb>(verbs[0] ?? 'retry');
  const verb = verbs.includes(chosen) ? chosen : (verbs[0] ?? 'retry');
  const [reason, setReason] = useDraft(`${saga.sagaId}.reason`);
  const [evidence, setEvidence] = useDraft(`${saga.sagaId}.evidence`);
  const [plan, setPlan] = useState<{
    readonly plan: Plan;
    readonly revision: number;
    readonly isChanged: boolean;
  } | null>(null);
  const key = useRef('');

  const body = {
    action: verb,
    reason: reason.trim(),
    ...(verb === 'skip' && { evidence: evidence.trim(), result: {} }),
  } as ActionRequest;
  const isComplete = reason.trim() !== '' && (verb !== 'skip' || evidence.trim() !== '');
  const planning = useMutation({
    mutationFn: async (isChanged: boolean) => {
      const { revision } = saga;
      const answer = await call('actOnSaga', {
        params: { id: saga.sagaId },
        body: { ...body, dryRun: true },
      });
      return { plan: answer as Plan, revision, isChanged };
    },
    onSuccess: (made) => {
      key.current = crypto.randomUUID();
      setPlan(made);
    },
  });
  const applying = useMutation({
    mutationFn: async ({ plan: approved, revision }: { plan: Plan; revision: number }) => {
      const planHash = approved.outcome === 'applies' ? approved.planHash : undefined;
      const accepted = await call('actOnSaga', {
        params: { id: saga.sagaId },
        headers: { 'if-match': `"${revision}"`, 'idempotency-key': key.current },
        body: { ...body, ...(planHash !== undefined && { planHash }) } as ActionRequest,
      });
      return outcomeOf((accepted as { actionId: string }).actionId);
    },
    onSuccess: (done) => {
      if (done.state === 'applied') {
        setReason('');
        setEvidence('');
      }
      setPlan(null);
      void queries.invalidateQueries({ queryKey: ['saga', saga.sagaId] });
    },
    onError: (error) => {
      // The saga has moved: nothing was done, and there is another plan.
      if (error instanceof ApiProblem && error.status === 412) {
        void queries.invalidateQueries({ queryKey: ['saga', saga.sagaId] });
        planning.mutate(true);
      }
    },
  });
  const change = (act: () => void) => {
    setPlan(null);
    applying.reset();
    planning.reset();
    act();
  };
  const failure =
    planning.error ??
    (applying.error instanceof ApiProblem && applying.error.status === 412 ? null : applying.error);
  return (
    <Panel title={t.act.title}>
      <Stack gap="sm">
        <NativeSelect
          label={t.act.choose}
          value={verb}
          onChange={({ currentTarget: { value } }) => change(() => setChosen(value as Verb))}
          data={verbs.map((value) => ({ value, label: t.act.names[value] }))}
        />
        {verb === 'skip' && (
          <Textarea
            label={t.act.evidence}
            description={t.act.evidenceAbout}
            value={evidence}
            maxLength={1000}
            onChange={({ currentTarget: { value } }) => change(() => setEvidence(value))}
          />
        )}
        <Textarea
          label={t.act.reason}
          description={t.act.reasonAbout}
          value={reason}
          maxLength={1000}
          autosize
          minRows={2}
          onChange={({ currentTarget: { value } }) => change(() => setReason(value))}
        />
        {plan === null && (
          <Group>
            <Button
              variant="default"
              disabled={!isComplete}
              loading={planning.isPending}
              onClick={() => change(() => planning.mutate(false))}
            >
              {t.act.plan}
            </Button>
          </Group>
        )}
        {plan !== null && (
          <>
            {plan.isChanged && <Alert color="yellow">{t.act.changed}</Alert>}
            <PlanView plan={plan.plan} />
            {plan.plan.outcome === 'applies' && (
              <Group gap="xs">
                <Button loading={applying.isPending} onClick={() => applying.mutate(plan)}>
                  {t.act.apply}
                </Button>
                <CopyLines
                  request={{
                    sagaId: saga.sagaId,
                    action: verb,
                    reason: reason.trim(),
                    planHash: plan.plan.planHash,
                    revision: plan.revision,
                    ...(verb === 'skip' && { evidence: evidence.trim() }),
                  }}
                />
              </Group>
            )}
          </>
        )}
        {applying.isPending && <Text size="sm">{t.act.waiting}</Text>}
        {failure !== null && <Alert color="red">{failure.message}</Alert>}
        {applying.data !== undefined && <Outcome of={applying.data} />}
      </Stack>
    </Panel>
  );
}

function CopyLines({ request }: { readonly request: ActRequest }) {
  const { t } = useTexts();
  const [curl, command] = [useCopy(), useCopy()];
  return (
    <>
      <Button variant="subtle" onClick={() => command.copy(commandLine(request))}>
        {command.isCopied ? t.act.copied : t.act.copyCommand}
      </Button>
      <Button variant="subtle" onClick={() => curl.copy(curlLine(location.origin, request))}>
        {curl.isCopied ? t.act.copied : t.act.copyCurl}
      </Button>
    </>
  );
}

/** What the engine did. */
function Outcome({ of: { state, detail } }: { readonly of: Action }) {
  const { t } = useTexts();
  if (state === 'waiting') return <Alert color="yellow">{t.act.still}</Alert>;
  return (
    <Alert
      color={state === 'applied' ? 'teal' : 'red'}
      title={state === 'applied' ? t.act.applied : t.act.refused}
    >
      {detail}
    </Alert>
  );
}

async function outcomeOf(id: string): Promise<Action> {
  const until = Date.now() + OUTCOME_WAIT_MS;
  for (;;) {
    const action = await call('getAction', { params: { id } });
    if (action.state !== 'waiting' || Date.now() > until) return action;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
