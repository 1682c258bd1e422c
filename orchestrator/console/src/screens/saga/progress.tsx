/** What a saga waits for, its failure, its timers, and the steps that remain. */
import { Alert, Stack, Text } from '@mantine/core';
import type { Saga } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { Empty } from '../../parts/states.tsx';
import { Ago, Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';

export function Progress({ saga }: { readonly saga: Saga }) {
  const { t } = useTexts();
  const { incident, lastFailure, waitsFor, timers, stepsRemaining } = saga;
  return (
    <Panel title={t.saga.waitsFor}>
      <Stack gap="xs">
        {incident !== null && (
          <Alert color="red" title={`${t.saga.incident}: ${incident.code}`} p="xs">
            {incident.text} <Time at={incident.since} />
          </Alert>
        )}
        {lastFailure !== null && incident === null && (
          <Alert color="yellow" title={`${t.saga.lastFailure}: ${lastFailure.code}`} p="xs">
            {lastFailure.text} <Time at={lastFailure.at} />
          </Alert>
        )}
        {(waitsFor ?? []).length === 0 && <Empty>{t.saga.waitsNothing}</Empty>}
        {(waitsFor ?? []).map(({ commandId, type, since, attempts, nextResendAt, deadline }) => (
          <div key={commandId}>
            <Text size="sm" className="mono">
              {type}
            </Text>
            <Text size="xs" c="dimmed">
              <Ago at={since} /> · {t.saga.attempts(attempts)}
              {nextResendAt !== null && (
                <>
                  {' '}
                  · {t.saga.nextResend} <Time at={nextResendAt} />
                </>
              )}
              {deadline !== undefined && (
                <>
                  {' '}
                  · {t.saga.deadline} <Time at={deadline} />
                </>
              )}
            </Text>
          </div>
        ))}
        {(timers ?? []).map(({ name, generation, dueAt }) => (
          <Text size="xs" c="dimmed" key={`${name} ${generation}`}>
            <span className="mono">{name}</span> <Time at={dueAt} />
          </Text>
        ))}
        {(stepsRemaining ?? []).length > 0 && (
          <Text size="xs" c="dimmed">
            {t.saga.remaining}:{' '}
            <span className="mono">{(stepsRemaining ?? []).map(({ type }) => type).join(' → ')}</span>
          </Text>
        )}
      </Stack>
    </Panel>
  );
}
