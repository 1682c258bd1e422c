/** What people hold of all sagas, and held: each brake leads to what it holds now. */
import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { Brake } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Ago } from '../../parts/values.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { BrakeState } from './brake-values.tsx';
import { SetBrake } from './set-brake.tsx';

const PAGE = 50;
const REFRESH_MS = 5_000;

export function BrakeList() {
  const { t } = useTexts();
  const maySet = useMay('setBrake');
  const brakes = useQuery({
    queryKey: ['brakes'],
    queryFn: () => call('listBrakes', { query: { limit: PAGE } }),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Stack gap="md">
      <ViewTitle title={t.brakes.title} about={t.brakes.about} />
      <div className="columns">
        <Panel title={t.brakes.newest}>
          <Loaded of={brakes}>
            {({ items }) =>
              items.length === 0 ? (
                <Empty>{t.overviewScreen.brakesNone}</Empty>
              ) : (
                <ul className="rows">
                  {items.map((brake) => (
                    <Line key={brake.brakeId} of={brake} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
        {maySet && <SetBrake />}
      </div>
    </Stack>
  );
}

function Line({ of: { brakeId, holds, state, reason, setBy, setAt } }: { readonly of: Brake }) {
  return (
    <li>
      <Link to="/brakes/$id" params={{ id: brakeId }} className="row">
        <BrakeState state={state} />
        <span className="grow">
          <span className="mono strong">{holds}</span>
          <span className="line dim">
            <bdi>{reason}</bdi> · <bdi>{setBy}</bdi>
          </span>
        </span>
        <span className="dim nowrap">
          <Ago at={setAt} />
        </span>
      </Link>
    </li>
  );
}
