/** One dead letter: what failed, the message, its saga, and what can be done with it. */
import { Badge, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { ListedDeadLetter } from '../../generated/api.ts';
import { Detail } from '../../parts/detail.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { StateName, StatusBadge, Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { ActOnLetter } from './act-on-letter.tsx';
import { MessageBody } from './message-body.tsx';

const route = getRouteApi('/dead-letters/$partition/$offset');

export function LetterView() {
  const { t } = useTexts();
  const { partition, offset } = route.useParams();
  const params = { partition: Number(partition), offset: Number(offset) };
  const mayAct = useMay('resendDeadLetter');
  const letter = useQuery({
    queryKey: ['dead-letter', partition, offset],
    queryFn: () => readLetter(partition, offset),
  });
  const message = useQuery({
    queryKey: ['dead-letter', partition, offset, 'message'],
    queryFn: () => call('readDeadLetter', { params }),
  });
  return (
    <div className="saga">
      <Text size="xs" mb={4}>
        <Link to="/dead-letters" className="back">
          ← {t.letters.title}
        </Link>
      </Text>
      <Loaded of={letter} lines={6}>
        {(data) =>
          data === null ? (
            <Empty>{t.states.notFound}</Empty>
          ) : (
            <Stack gap="md">
              <Group gap="sm" align="center" className="saga-head">
                <Title order={1} className="mono">
                  {partition}/{offset}
                </Title>
                <Badge className="flag" color={data.state === 'open' ? 'red' : 'gray'}>
                  {t.letters.states[data.state]}
                </Badge>
              </Group>
              <div className="columns">
                <Stack gap="md">
                  <Details letter={data} />
                  {mayAct && <ActOnLetter letter={data} message={message.data} />}
                </Stack>
                <Loaded of={message}>
                  {({ original, edited }) => (
                    <Stack gap="md">
                      {edited !== null && (
                        <Panel title={t.letters.corrected}>
                          <MessageBody body={edited} />
                        </Panel>
                      )}
                      <Panel title={t.letters.original}>
                        <MessageBody body={original} />
                      </Panel>
                    </Stack>
                  )}
                </Loaded>
              </div>
            </Stack>
          )
        }
      </Loaded>
    </div>
  );
}

function Details({ letter }: { readonly letter: ListedDeadLetter }) {
  const { t } = useTexts();
  const { parkedBy, parkedAt, reason, text, originTopic, originPartition, originOffset } = letter;
  const { sagaId, saga, resentAt, discardedAt, editedAt } = letter;
  const times = [
    [t.letters.parkedAt, parkedAt],
    [t.letters.edited, editedAt],
    [t.letters.states.resent, resentAt],
    [t.letters.states.discarded, discardedAt],
  ] as const;
  return (
    <Panel title={t.letters.what}>
      <Text size="sm" mb="xs">
        {text}
      </Text>
      <dl className="strip">
        <Detail name={t.letters.code}>
          <span className="mono">{reason}</span>
        </Detail>
        <Detail name={t.letters.parkedBy}>{parkedBy}</Detail>
        <Detail name={t.letters.from}>
          <span className="mono">
            {originTopic} {originPartition}/{originOffset}
          </span>
        </Detail>
        {times.map(([name, at]) =>
          at === null ? null : (
            <Detail key={name} name={name}>
              <Time at={at} />
            </Detail>
          ),
        )}
        {sagaId !== null && (
          <Detail name={t.list.saga}>
            {saga === null ? (
              <span className="mono">{sagaId}</span>
            ) : (
              <>
                <Link to="/sagas/$id" params={{ id: sagaId }} className="mono">
                  {sagaId}
                </Link>{' '}
                <StatusBadge status={saga.status} /> <StateName state={saga.state} />
              </>
            )}
          </Detail>
        )}
      </dl>
    </Panel>
  );
}

/** One letter as the list has it, which viewers may read too. */
async function readLetter(partition: string, offset: string): Promise<ListedDeadLetter | null> {
  const { items } = await call('listDeadLetters', { query: { cursor: Number(offset) + 1, limit: 1 } });
  return items.find((one) => `${one.partition}/${one.offset}` === `${partition}/${offset}`) ?? null;
}
