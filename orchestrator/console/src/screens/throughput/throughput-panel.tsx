/** On the overview: what began and ended in each minute of the last hour, and how long it took. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import type { Throughput } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Ago } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { CurveFigure } from './curve-figure.tsx';
import { decadeScale, linearScale } from './curves.ts';

/** The overview's events come sooner. */
const REFRESH_MS = 30_000;

export function ThroughputPanel() {
  const { t } = useTexts();
  const throughput = useQuery({
    queryKey: ['overview', 'throughput'],
    queryFn: () => call('getThroughput'),
    refetchInterval: REFRESH_MS,
  });
  const present = throughput.data?.minutes.at(-1);
  return (
    <Panel
      title={t.throughput.title}
      aside={
        present !== undefined && (
          <Text size="sm" c="dimmed" className="number">
            {t.throughput.present(present.started, present.completed, present.failed)}
          </Text>
        )
      }
    >
      <Loaded of={throughput} lines={6}>
        {(data) => <Figures of={data} />}
      </Loaded>
    </Panel>
  );
}

function Figures({
  of: { minutes, countedSince, uncountedEngines, isPartial },
}: {
  readonly of: Throughput;
}) {
  const { t, format } = useTexts();
  // The present minute would seem a fall.
  const over = minutes.filter(({ isOver }) => isOver);
  const given = {
    times: over.map(({ at }) => at),
    timeName: t.throughput.minute,
    showTime: format.minute,
    words: t.throughput.words,
  };
  const hasEnds = over.some(({ duration }) => duration !== null);
  return (
    <>
      {uncountedEngines > 0 && <Empty>{t.throughput.uncounted(uncountedEngines)}</Empty>}
      {isPartial && <Empty>{t.throughput.partial}</Empty>}
      {over.length === 0 ? (
        <Empty>{countedSince === null ? t.throughput.never : t.throughput.soon}</Empty>
      ) : (
        <div className="columns">
          <CurveFigure
            title={t.throughput.perMinute}
            {...given}
            scaleOf={linearScale}
            show={format.count}
            curves={(['started', 'completed', 'failed'] as const).map((name) => ({
              name: t.throughput[name],
              tone: TONES[name],
              values: over.map((minute) => minute[name]),
            }))}
          />
          {hasEnds ? (
            <CurveFigure
              title={t.throughput.duration}
              {...given}
              scaleOf={decadeScale}
              show={format.duration}
              curves={(['p50Ms', 'p95Ms', 'p99Ms'] as const).map((name) => ({
                name: t.throughput[name],
                tone: TONES[name],
                values: over.map(({ duration }) => duration?.[name] ?? null),
              }))}
            />
          ) : (
            <Empty>{t.throughput.noEnds}</Empty>
          )}
        </div>
      )}
      {countedSince !== null && over.length < FULL && (
        <Empty>
          {t.throughput.since[0]} <Ago at={countedSince} /> {t.throughput.since[1]}
        </Empty>
      )}
    </>
  );
}

/** Minutes of an hour that are over. */
const FULL = 59;
const TONES = {
  started: 'remaining',
  completed: 'added',
  failed: 'current',
  p50Ms: 'taken',
  p95Ms: 'compensated',
  p99Ms: 'current',
} as const;
