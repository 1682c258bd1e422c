/** One saga: why it is where it is, its way, its order, its history, and what can be done. */
import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { useLive } from '../../api/live.ts';
import { useMay } from '../../api/use-caller.ts';
import type { Saga } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { Loaded, Loading } from '../../parts/states.tsx';
import { Flags, StateName, StatusBadge, Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { ActPanel } from './act-panel.tsx';
import { OrderPanel } from './order-panel.tsx';
import { Progress } from './progress.tsx';
import { SagaHistory } from './saga-history.tsx';
import { SagaMachine } from './saga-machine.tsx';
import { WhyPanel } from './why-panel.tsx';

const route = getRouteApi('/sagas/$id');

export function SagaView() {
  const { t } = useTexts();
  const { id } = route.useParams();
  const queries = useQueryClient();
  const saga = useQuery({ queryKey: ['saga', id], queryFn: () => call('getSaga', { params: { id } }) });
  useLive(`/v1/sagas/${encodeURIComponent(id)}/events`, () => {
    void queries.invalidateQueries({ queryKey: ['saga', id] });
  });
  return (
    <div className="saga">
      <Text size="xs" mb={4}>
        <Link to="/sagas" className="back">
          ← {t.sagas}
        </Link>
      </Text>
      <Loaded of={saga} lines={10}>
        {(data) => <SagaParts saga={data} />}
      </Loaded>
    </div>
  );
}

function SagaParts({ saga }: { readonly saga: Saga }) {
  const { t } = useTexts();
  const { sagaId: id } = saga;
  const mayAct = useMay('actOnSaga');
  const graph = useQuery({
    queryKey: ['saga', id, 'graph'],
    queryFn: () => call('getSagaGraph', { params: { id }, query: { format: 'json' } }),
  });
  const history = useQuery({
    queryKey: ['saga', id, 'history'],
    queryFn: () => call('getSagaHistory', { params: { id }, query: { messages: 'true' } }),
  });
  return (
    <Stack gap="md">
      <Group gap="sm" align="center" className="saga-head">
        <Title order={1} className="mono">
          {id}
        </Title>
        <StatusBadge status={saga.status} />
        <Flags of={saga} />
      </Group>
      <dl className="strip">
        <Item name={t.list.state}>
          <StateName state={saga.state} />
        </Item>
        <Item name={t.list.customer}>
          <bdi>{saga.customerId}</bdi>
        </Item>
        <Item name={t.saga.created}>
          <Time at={saga.createdAt} />
        </Item>
        {saga.endedAt === null ? (
          <Item name={t.saga.inState}>
            <Time at={saga.stateSince} />
          </Item>
        ) : (
          <Item name={t.saga.ended}>
            <Time at={saga.endedAt} />
          </Item>
        )}
        <Item name={t.saga.definition}>
          {saga.definition} v{saga.definitionVersion}
        </Item>
      </dl>
      <WhyPanel id={id} sentence={saga.why} />
      <div className="columns saga-columns">
        <Stack gap="md">
          <Panel title={t.saga.machine}>
            <Loaded of={graph} lines={8}>
              {(data) =>
                typeof data === 'object' && 'sagaId' in data ? <SagaMachine graph={data} /> : <Loading />
              }
            </Loaded>
          </Panel>
          <Panel title={t.saga.history}>
            <Loaded of={history} lines={8}>
              {(data) => <SagaHistory history={data} />}
            </Loaded>
          </Panel>
        </Stack>
        <Stack gap="md">
          <OrderPanel saga={saga} />
          {saga.endedAt === null && <Progress saga={saga} />}
          {mayAct && (saga.endedAt === null || saga.stuck || saga.paused) && (
            <ActPanel key={id} saga={saga} />
          )}
        </Stack>
      </div>
    </Stack>
  );
}

function Item({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
