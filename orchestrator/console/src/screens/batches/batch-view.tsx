/** One batch: how far it is, why it stopped, what can be done with it, and the outcome of each target. */
import { Alert, Button, Group, Progress, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { call, pathOf, send } from '../../api/call.ts';
import { useLive } from '../../api/live.ts';
import { useMay } from '../../api/use-caller.ts';
import type { Batch } from '../../generated/api.ts';
import { Detail } from '../../parts/detail.tsx';
import { Panel } from '../../parts/panel.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { ActOnBatch } from './act-on-batch.tsx';
import { BatchItems } from './batch-items.tsx';
import { BatchKind, BatchState, colourOf, Outcome } from './batch-values.tsx';

const route = getRouteApi('/batches/$id');
/** The outcomes are read again as the batch moves, not more often than this. */
const ITEMS_EVERY_MS = 2_000;

export function BatchView() {
  const { t } = useTexts();
  const { id } = route.useParams();
  const queries = useQueryClient();
  const key = ['batch', id];
  const itemsReadAt = useRef(0);
  const batch = useQuery({ queryKey: key, queryFn: () => call('getBatch', { params: { id } }) });
  useLive(pathOf('followBatch', { id }), ({ event, data }) => {
    if (event !== 'progress') return;
    const now = JSON.parse(data) as Batch;
    queries.setQueryData(key, now);
    if (now.state === 'running' && Date.now() - itemsReadAt.current < ITEMS_EVERY_MS) return;
    itemsReadAt.current = Date.now();
    void queries.invalidateQueries({ queryKey: [...key, 'items'] });
  });
  return (
    <div className="saga">
      <Text size="xs" mb={4}>
        <Link to="/batches" className="back">
          ← {t.batch.title}
        </Link>
      </Text>
      <Loaded of={batch} lines={8}>
        {(data) => <BatchParts batch={data} />}
      </Loaded>
    </div>
  );
}

function BatchParts({ batch }: { readonly batch: Batch }) {
  const { t, format } = useTexts();
  const mayAct = useMay('actOnBatch');
  const { batchId, kind, state, stopped, total, perSecond, actor, role, reason } = batch;
  const { createdAt, endedAt, planHash } = batch;
  const isOver = state === 'done' || state === 'cancelled';
  return (
    <Stack gap="md">
      <Group gap="sm" align="center" className="saga-head">
        <Title order={1}>
          <BatchKind kind={kind} />
        </Title>
        <BatchState state={state} />
        <Text size="xs" className="mono dim">
          {batchId}
        </Text>
      </Group>
      {stopped !== null && (
        <Alert color={state === 'stopped' ? 'red' : 'gray'} title={t.batch.stopped}>
          <Stack gap={4}>
            <Text size="sm">{stopped.text}</Text>
            <Text size="sm">
              {t.batch.example}{' '}
              <Link to="/sagas/$id" params={{ id: stopped.example }} className="mono">
                {stopped.example}
              </Link>
            </Text>
            {stopped.fingerprint !== null && (
              <Link to="/sagas" search={{ fingerprint: stopped.fingerprint, active: 'true' }}>
                {t.batch.sameFailure}
              </Link>
            )}
          </Stack>
        </Alert>
      )}
      <div className="columns">
        <Stack gap="md">
          <ProgressPanel batch={batch} />
          <BatchItems batch={batch} />
        </Stack>
        <Stack gap="md">
          {mayAct && !isOver && <ActOnBatch batch={batch} />}
          <Panel title={t.batch.details}>
            <dl className="strip">
              <Detail name={t.batch.actor}>
                <bdi>{actor}</bdi> ({role})
              </Detail>
              <Detail name={t.act.reason}>
                <bdi>{reason}</bdi>
              </Detail>
              <Detail name={t.batch.total}>{format.count(total)}</Detail>
              <Detail name={t.batch.perSecond}>{format.count(perSecond)}</Detail>
              <Detail name={t.saga.created}>
                <Time at={createdAt} />
              </Detail>
              {endedAt !== null && (
                <Detail name={t.saga.ended}>
                  <Time at={endedAt} />
                </Detail>
              )}
              <Detail name={t.act.planTitle}>
                <span className="mono" title={planHash}>
                  {planHash.slice(0, 12)}
                </span>
              </Detail>
            </dl>
            <Exports batchId={batchId} />
          </Panel>
        </Stack>
      </div>
    </Stack>
  );
}

function ProgressPanel({ batch: { total, progress } }: { readonly batch: Batch }) {
  const { t, format } = useTexts();
  const { waiting, watched, outcomes } = progress;
  const ended = Object.entries(outcomes).sort(([, a], [, b]) => b - a);
  const done = ended.reduce((sum, [, count]) => sum + count, 0);
  const share = (count: number) => (count / Math.max(1, total)) * 100;
  return (
    <Panel
      title={t.batch.progress}
      aside={
        <Text size="sm" c="dimmed" className="number">
          {t.batch.done(format.count(done), format.count(total))}
        </Text>
      }
    >
      <Progress.Root size="lg" mb="xs">
        {ended.map(([outcome, count]) => (
          <Progress.Section
            key={outcome}
            value={share(count)}
            color={colourOf(outcome)}
            aria-label={outcome}
          />
        ))}
        <Progress.Section value={share(watched)} color="blue" aria-label={t.batch.watched} />
      </Progress.Root>
      <Group gap="sm">
        {ended.map(([outcome, count]) => (
          <span key={outcome} className="number">
            <Outcome outcome={outcome} /> {format.count(count)}
          </span>
        ))}
        <Text size="sm" c="dimmed" className="number">
          {t.batch.watched} {format.count(watched)} · {t.batch.waiting} {format.count(waiting)}
        </Text>
      </Group>
    </Panel>
  );
}

/** Files of all targets with their outcomes: a link could not carry the token. */
function Exports({ batchId: id }: { readonly batchId: string }) {
  const { t } = useTexts();
  const save = async (format: 'json' | 'csv') => {
    const answer = await send(pathOf('exportBatch', { id }, { format }), { method: 'GET' });
    saveFile(await answer.blob(), `batch-${id}.${format}`);
  };
  return (
    <Group gap="xs" mt="sm">
      {(['csv', 'json'] as const).map((format) => (
        <Button key={format} variant="default" size="compact-xs" onClick={() => void save(format)}>
          {t.batch.export} {format.toUpperCase()}
        </Button>
      ))}
    </Group>
  );
}
