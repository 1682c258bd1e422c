/** Sends all letters of the filters again, or discards them, as planned: a batch. */
import { Alert, NativeSelect, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { Batch, DeadLetterBatchPlan, DeadLetterBatchRequest } from '../../generated/api.ts';
import { curlPost, quoted } from '../../parts/lines.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { type LetterFilters, letterOptions, letterQuery } from './letter-filters.ts';

const ACTS = ['send', 'discard'] as const;

export function ActOnLetters({ filters }: { readonly filters: LetterFilters }) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const [action, setAction] = useState<(typeof ACTS)[number]>('send');
  const filter = letterQuery(filters);
  /** With the plan's bound the set stays the one that was shown. */
  const approved = ({ upTo, planHash }: DeadLetterBatchPlan, reason: string) =>
    ({ action, reason, filter: { ...filter, upTo }, planHash }) as DeadLetterBatchRequest;
  return (
    <Panel title={filters.group === undefined ? t.letters.actOnAll : t.letters.actOnGroup}>
      <PlanFirst
        draft="dead-letters"
        fields={JSON.stringify([action, filter])}
        makePlan={async (reason) =>
          (await call('actOnDeadLetters', {
            body: { action, reason, filter, dryRun: true } as DeadLetterBatchRequest,
          })) as DeadLetterBatchPlan
        }
        showPlan={(plan) => <LettersPlan plan={plan} />}
        isPossible={({ letters }) => letters > 0}
        applyPlan={async (plan, reason, key) =>
          (await call('actOnDeadLetters', {
            headers: { 'idempotency-key': key },
            body: approved(plan, reason),
          })) as Batch
        }
        onApplied={({ batchId }) => void navigate({ to: '/batches/$id', params: { id: batchId } })}
        linesOf={(plan, reason) => ({
          command: [
            `npm run -s saga -- dead-letter ${action} ${letterOptions(filters)}`,
            `--up-to ${plan.upTo} --reason ${quoted(reason)} --plan ${plan.planHash} --yes`,
          ].join(' '),
          curl: curlPost(`${location.origin}/v1/dead-letters/batches`, {}, approved(plan, reason)),
        })}
      >
        <NativeSelect
          label={t.act.choose}
          value={action}
          onChange={({ currentTarget: { value } }) => setAction(value as 'send' | 'discard')}
          data={ACTS.map((value) => ({ value, label: t.letters.acts[value] }))}
        />
      </PlanFirst>
    </Panel>
  );
}

function LettersPlan({ plan }: { readonly plan: DeadLetterBatchPlan }) {
  const { t, format } = useTexts();
  const { letters, bytes, isComplete, topics, planHash, perSecond } = plan;
  if (letters === 0) return <Alert color="yellow">{t.letters.none}</Alert>;
  return (
    <div className="plan">
      <PlanTitle hash={planHash} />
      <Text size="sm">
        {t.letters.plan(format.count(letters), format.count(bytes), format.count(perSecond))}
      </Text>
      <ul>
        {topics.map(({ topic, letters: count, impossible }) => (
          <li key={topic}>
            {format.count(count)} → <span className="mono">{topic}</span>
            {impossible !== null && <span className="dim"> {impossible}</span>}
          </li>
        ))}
      </ul>
      {!isComplete && <Text size="sm">{t.letters.oldestOnly}</Text>}
    </div>
  );
}
