/** Ends tokens before they expire, as planned: all of a person, or one. */
import { Alert, NativeSelect, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { EndedTokensMade, EndedTokensPlan } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { type Ended, endingLines } from './access-lines.ts';

type Kind = 'subject' | 'tokenId';
const LENGTH_MAX = { subject: 200, tokenId: 500 } as const;

export function EndTokens() {
  const { t } = useTexts();
  const queries = useQueryClient();
  const [kind, setKind] = useState<Kind>('subject');
  const [typed, setTyped] = useState('');
  const name = typed.trim();
  const ended: Ended = kind === 'subject' ? { subject: name } : { tokenId: name };
  return (
    <Panel title={t.access.tokens.end}>
      <PlanFirst
        draft="end-tokens"
        fields={JSON.stringify(ended)}
        isComplete={name !== ''}
        makePlan={async (reason) =>
          (await call('endTokens', { body: { ...ended, reason, dryRun: true } })) as EndedTokensPlan
        }
        showPlan={({ subject, tokenId, includesCaller, planHash }) => (
          <div className="plan">
            <PlanTitle hash={planHash} />
            <Text size="sm" className="wrap">
              {subject === null ? t.access.tokens.planOne(tokenId ?? '') : t.access.tokens.planAll(subject)}
            </Text>
            {subject !== null && (
              <Text size="xs" c="dimmed">
                {t.access.tokens.later}
              </Text>
            )}
            {includesCaller && (
              <Alert color="yellow" mt="xs">
                {t.access.tokens.own}
              </Alert>
            )}
          </div>
        )}
        isPossible={() => true}
        applyPlan={async ({ planHash }, reason, key) =>
          (await call('endTokens', {
            headers: { 'idempotency-key': key },
            body: { ...ended, reason, planHash },
          })) as EndedTokensMade
        }
        onApplied={() => {
          setTyped('');
          void queries.invalidateQueries({ queryKey: ['ended-tokens'] });
        }}
        linesOf={({ planHash }, reason) => endingLines(location.origin, ended, { reason, planHash })}
      >
        <NativeSelect
          label={t.access.tokens.which}
          value={kind}
          onChange={({ currentTarget }) => setKind(currentTarget.value as Kind)}
          data={(['subject', 'tokenId'] as const).map((value) => ({
            value,
            label: t.access.tokens.whose[value],
          }))}
        />
        <TextInput
          label={t.access.tokens[kind]}
          description={t.access.tokens[`${kind}About`]}
          value={typed}
          maxLength={LENGTH_MAX[kind]}
          autoComplete="off"
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </PlanFirst>
    </Panel>
  );
}
