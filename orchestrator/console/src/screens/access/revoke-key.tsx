/** Revokes an API key, as planned. */
import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import type { ApiKey, ApiKeyRevocationPlan } from '../../generated/api.ts';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { revocationLines } from './access-lines.ts';

interface Given {
  readonly apiKey: ApiKey;
  readonly onRevoked: () => void;
}

export function RevokeKey({ apiKey: { keyId }, onRevoked }: Given) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const params = { id: keyId };
  return (
    <PlanFirst
      draft={`revoke.${keyId}`}
      fields={keyId}
      makePlan={async (reason) =>
        (await call('revokeApiKey', { params, body: { reason, dryRun: true } })) as ApiKeyRevocationPlan
      }
      showPlan={({ holder, changes, state, otherLiveKeys, planHash }) => (
        <div className="plan">
          <PlanTitle hash={planHash} />
          <Text size="sm">{changes ? t.access.keys.revokePlan(holder) : t.access.keys.already}</Text>
          {changes && state === 'live' && (
            <Text size="sm" {...(otherLiveKeys === 0 && { fw: 600 })}>
              {otherLiveKeys === 0 ? t.access.keys.lastOne : t.access.keys.others(otherLiveKeys)}
            </Text>
          )}
        </div>
      )}
      isPossible={({ changes }) => changes}
      applyPlan={({ planHash }, reason, key) =>
        call('revokeApiKey', { params, headers: { 'idempotency-key': key }, body: { reason, planHash } })
      }
      onApplied={() => {
        void queries.invalidateQueries({ queryKey: ['api-keys'] });
        onRevoked();
      }}
      linesOf={({ planHash }, reason) => revocationLines(location.origin, keyId, { reason, planHash })}
    />
  );
}
