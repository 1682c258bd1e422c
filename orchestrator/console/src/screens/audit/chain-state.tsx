/** Whether the audit's chain holds, as the API last verified it on request, and when that was. */
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { Ago } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';

export function ChainState() {
  const { t, format } = useTexts();
  // It reads the whole chain: only on request, and the answer stays while the page does.
  const verdict = useQuery({
    queryKey: ['audit-verdict'],
    queryFn: async () => ({ ...(await call('verifyAudit')), at: new Date().toISOString() }),
    enabled: false,
    gcTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  const { data, error, isFetching } = verdict;
  return (
    <Group gap="sm" role="status">
      {error !== null && !isFetching && (
        <Text size="sm" c="red">
          {error.message}
        </Text>
      )}
      {data !== undefined && (
        <Text size="sm" data-holds={data.holds} {...(!data.holds && { c: 'red' })}>
          {data.holds
            ? t.audit.holds(format.count(data.entries))
            : t.audit.broken(format.count(data.entries))}{' '}
          {data.broken}{' '}
          <span className="dim">
            {t.audit.head}{' '}
            <span className="mono" title={data.head}>
              {data.head.slice(0, 12)}…
            </span>
            , {t.audit.verified[0]} <Ago at={data.at} /> {t.audit.verified[1]}
          </span>
        </Text>
      )}
      <Button variant="default" loading={isFetching} onClick={() => void verdict.refetch()}>
        {t.audit.verify}
      </Button>
    </Group>
  );
}
