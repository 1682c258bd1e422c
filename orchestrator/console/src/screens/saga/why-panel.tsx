/** Why a saga is where it is, and until when: the cause in one sentence, its forecast, and what helps. */
import { Code, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { Panel } from '../../parts/panel.tsx';
import { Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';

const REFRESH_MS = 5_000;

/** @param sentence of the saga, until the cause is read */
export function WhyPanel({ id, sentence }: { readonly id: string; readonly sentence: string }) {
  const { t } = useTexts();
  const { data } = useQuery({
    queryKey: ['saga', id, 'why'],
    queryFn: () => call('getSagaWhy', { params: { id } }),
    refetchInterval: ({ state }) => (state.data?.forecast === null ? false : REFRESH_MS),
  });
  const forecast = data?.forecast ?? null;
  return (
    <Panel title={t.saga.why}>
      <Stack gap={6}>
        <Text className="why">{data?.cause.text ?? sentence}</Text>
        {forecast !== null && (
          <Text size="sm" c="dimmed">
            {'from' in forecast ? (
              <>
                {t.saga.forecast} <Time at={forecast.from} /> {t.saga.and} <Time at={forecast.to} />
              </>
            ) : (
              forecast.unknown
            )}
          </Text>
        )}
        {data?.besides.map(({ code, text }) => (
          <Text size="sm" key={code}>
            {t.saga.besides}: {text}
          </Text>
        ))}
        {data !== undefined && data.cause.nextSteps.length > 0 && (
          <Stack gap={4} mt={4}>
            <Text size="xs" c="dimmed">
              {t.saga.nextSteps}
            </Text>
            {data.cause.nextSteps.map(({ text, command }) => (
              <Group gap="xs" key={text}>
                <Text size="sm">{text}</Text>
                {command !== undefined && <Code>{command}</Code>}
              </Group>
            ))}
          </Stack>
        )}
      </Stack>
    </Panel>
  );
}
