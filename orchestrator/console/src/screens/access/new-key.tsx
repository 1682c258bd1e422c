/** Makes an API key, as planned, and shows it once: it is in this component alone, for as long as its dialog is open. */
import { Alert, Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import type { ApiKeyCreated, ApiKeyPlan } from '../../generated/api.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { useCopy } from '../../parts/use-copy.ts';
import { useTexts } from '../../texts/use-texts.ts';
import { keyLines } from './access-lines.ts';

const DAYS = 90;
const DAYS_MAX = 366;

export function NewKey() {
  const { t, format } = useTexts();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const [days, setDays] = useState<number | string>(DAYS);
  const [secret, setSecret] = useState<string | null>(null);
  const key = { holder: typed.trim(), expiresInDays: Number(days) };
  return (
    <Panel title={t.access.keys.create}>
      <PlanFirst
        draft="api-key"
        fields={JSON.stringify(key)}
        isComplete={key.holder !== '' && key.expiresInDays >= 1}
        makePlan={async (reason) =>
          (await call('createApiKey', { body: { ...key, reason, dryRun: true } })) as ApiKeyPlan
        }
        showPlan={({ holder, expiresAt, liveKeys, isPossible, planHash }) => (
          <div className="plan">
            <PlanTitle hash={planHash} />
            <Text size="sm">{t.access.keys.plan(holder, format.day(expiresAt))}</Text>
            <Text size="sm">{t.access.keys.liveKeys(liveKeys)}</Text>
            {!isPossible && (
              <Alert color="yellow" mt="xs">
                {t.access.keys.tooMany}
              </Alert>
            )}
          </div>
        )}
        isPossible={({ isPossible }) => isPossible}
        applyPlan={async ({ planHash }, reason) => {
          const made = (await call('createApiKey', { body: { ...key, reason, planHash } })) as ApiKeyCreated;
          setSecret(made.key);
          // The caller's result is cached for minutes: the key is no part of it.
          return made.keyId;
        }}
        onApplied={() => {
          setTyped('');
          void queries.invalidateQueries({ queryKey: ['api-keys'] });
        }}
        linesOf={({ planHash }, reason) => keyLines(location.origin, key, { reason, planHash })}
      >
        <TextInput
          label={t.access.keys.holder}
          description={t.access.keys.holderAbout}
          value={typed}
          maxLength={63}
          autoComplete="off"
          onChange={({ currentTarget }) => setTyped(currentTarget.value)}
        />
        <NumberInput
          label={t.access.keys.days}
          value={days}
          onChange={setDays}
          min={1}
          max={DAYS_MAX}
          allowDecimal={false}
          hideControls
          size="xs"
        />
      </PlanFirst>
      {secret !== null && (
        <Dialog opened title={t.access.keys.new}>
          <ShownOnce secret={secret} onStored={() => setSecret(null)} />
        </Dialog>
      )}
    </Panel>
  );
}

/** Closed by its button alone: no other key or click loses the only copy. */
function ShownOnce({ secret, onStored }: { readonly secret: string; readonly onStored: () => void }) {
  const { t } = useTexts();
  const { isCopied, copy } = useCopy();
  return (
    <Stack gap="sm">
      <Text size="sm">{t.access.keys.shownOnce}</Text>
      <code className="json secret">{secret}</code>
      <Group gap="xs">
        <Button data-autofocus onClick={() => copy(secret)}>
          {isCopied ? t.act.copied : t.access.keys.copy}
        </Button>
        <Button variant="default" onClick={onStored}>
          {t.access.keys.stored}
        </Button>
      </Group>
    </Stack>
  );
}
