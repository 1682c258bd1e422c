/** One brake: what it holds now, who set it and who let go of it, and its release. */
import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { BrakeWithHeld } from '../../generated/api.ts';
import { Detail } from '../../parts/detail.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { BrakeState, Weighed } from './brake-values.tsx';
import { ReleaseBrake } from './release-brake.tsx';

const route = getRouteApi('/brakes/$id');
const REFRESH_MS = 2_000;

export function BrakeView() {
  const { t } = useTexts();
  const { id } = route.useParams();
  const mayRelease = useMay('releaseBrake');
  const brake = useQuery({
    queryKey: ['brakes', id],
    queryFn: () => call('getBrake', { params: { id } }),
    refetchInterval: REFRESH_MS,
  });
  return (
    <div className="saga">
      <Text size="xs" mb={4}>
        <Link to="/brakes" className="back">
          ← {t.brakes.title}
        </Link>
      </Text>
      <Loaded of={brake}>
        {(data) => (
          <Stack gap="md">
            <Group gap="sm" align="center" className="saga-head">
              <Title order={1} className="mono">
                {data.holds}
              </Title>
              <BrakeState state={data.state} />
            </Group>
            <div className="columns">
              <Details of={data} />
              {mayRelease && data.state !== 'ended' && <ReleaseBrake brake={data} />}
            </div>
          </Stack>
        )}
      </Loaded>
    </div>
  );
}

function Details({ of }: { readonly of: BrakeWithHeld }) {
  const { t, format } = useTexts();
  const { held, reason, setBy, setAt, releasedBy, releaseReason, releasedAt, perSecond, resumed } = of;
  const acts = [
    [t.brakes.setBy, setBy, reason, setAt],
    [t.brakes.releasedBy, releasedBy, releaseReason, releasedAt],
  ] as const;
  const times = [
    [t.brakes.opened, of.openedAt],
    [t.saga.ended, of.endedAt],
  ] as const;
  return (
    <Panel title={t.brakes.now}>
      <Text size="sm" mb="xs">
        {t.brakes.holdsNow} <Weighed of={held} />
      </Text>
      {perSecond !== null && (
        <Text size="sm" mb="xs">
          {t.brakes.resumed(format.count(resumed), format.count(perSecond))}
        </Text>
      )}
      <dl className="strip">
        {acts.map(([name, person, why, at]) =>
          person === null || at === null ? null : (
            <Detail key={name} name={name}>
              <bdi>{person}</bdi>: <bdi>{why}</bdi> · <Time at={at} />
            </Detail>
          ),
        )}
        {times.map(([name, at]) =>
          at === null ? null : (
            <Detail key={name} name={name}>
              <Time at={at} />
            </Detail>
          ),
        )}
      </dl>
    </Panel>
  );
}
