/** Acts on a saga, and shows what the engine did. */
import { Alert, NativeSelect, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { Action, ActionRequest, Plan, Saga } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { useDraft } from '../../parts/use-draft.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { commandLine, curlLine } from './act-lines.ts';
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

/** A plan with the revision of the saga that it was made for. */
interface SeenPlan {
  readonly plan: Plan;
  readonly revision: number;
}

export function ActPanel({ saga }: { readonly saga: Saga }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { sagaId } = saga;
  const verbs = verbsOf(saga);
  const [chosen, setChosen] = useState<Verb>(verbs[0] ?? 'retry');
  const verb = verbs.includes(chosen) ? chosen : (verbs[0] ?? 'retry');
  const [evidence, setEvidence] = useDraft(`${sagaId}.evidence`);
  const proof = verb === 'skip' ? { evidence: evidence.trim() } : {};
  const bodyOf = (reason: string, more: object) =>
    ({ action: verb, reason, ...proof, ...(verb === 'skip' && { result: {} }), ...more }) as ActionRequest;
  const requestOf = ({ plan, revision }: SeenPlan, reason: string) => ({
    ...{ sagaId, action: verb, reason, revision, ...proof },
    ...(plan.outcome === 'applies' && { planHash: plan.planHash }),
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ['saga', sagaId] });

  const makePlan = async (reason: string): Promise<SeenPlan> => {
    // A plan that was refused may be of an older revision than the saga has now.
    const { revision } = await call('getSaga', { params: { id: sagaId } });
    const plan = await call('actOnSaga', { params: { id: sagaId }, body: bodyOf(reason, { dryRun: true }) });
    return { plan: plan as Plan, revision };
  };
  const applyPlan = async ({ plan, revision }: SeenPlan, reason: string, key: string): Promise<Action> => {
    const planHash = plan.outcome === 'applies' ? { planHash: plan.planHash } : {};
    try {
      const accepted = await call('actOnSaga', {
        params: { id: sagaId },
        headers: { 'if-match': `"${revision}"`, 'idempotency-key': key },
        body: bodyOf(reason, planHash),
      });
      const done = await outcomeOf((accepted as { actionId: string }).actionId);
      if (done.state === 'applied') setEvidence('');
      return done;
    } finally {
      void refresh();
    }
  };
  return (
    <Panel title={t.act.title}>
      <PlanFirst
        draft={sagaId}
        fields={`${verb}\n${evidence}`}
        isComplete={verb !== 'skip' || evidence.trim() !== ''}
        makePlan={makePlan}
        showPlan={({ plan }) => <PlanView plan={plan} />}
        isPossible={({ plan }) => plan.outcome === 'applies'}
        applyPlan={applyPlan}
        linesOf={(plan, reason) => ({
          command: commandLine(requestOf(plan, reason)),
          curl: curlLine(location.origin, requestOf(plan, reason)),
        })}
        isDone={({ state }) => state === 'applied'}
        showResult={(done) => <Outcome of={done} />}
      >
        <NativeSelect
          label={t.act.choose}
          value={verb}
          onChange={({ currentTarget: { value } }) => setChosen(value as Verb)}
          data={verbs.map((value) => ({ value, label: t.act.names[value] }))}
        />
        {verb === 'skip' && (
          <Textarea
            label={t.act.evidence}
            description={t.act.evidenceAbout}
            value={evidence}
            maxLength={1000}
            onChange={({ currentTarget: { value } }) => setEvidence(value)}
          />
        )}
      </PlanFirst>
    </Panel>
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
