/** The versions of each definition: which is active, what lives under each, and which engines run it. */
import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { Activated } from '../../generated/api.ts';
import { curlPost, quoted } from '../../parts/lines.ts';
import { Panel } from '../../parts/panel.tsx';
import { PlanFirst } from '../../parts/plan-first.tsx';
import { PlanTitle } from '../../parts/plan-title.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/values.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { type Version, VersionAbout } from './version-about.tsx';

const REFRESH_MS = 10_000;

export function DefinitionList() {
  const { t } = useTexts();
  const mayActivate = useMay('activateDefinition');
  const definitions = useQuery({
    queryKey: ['definitions'],
    queryFn: () => call('listDefinitions'),
    refetchInterval: REFRESH_MS,
  });
  return (
    <Stack gap="md">
      <ViewTitle title={t.definitions.title} about={t.definitions.about} />
      <Loaded of={definitions}>
        {({ items }) => {
          const names = [...new Set(items.map(({ definition }) => definition))];
          if (names.length === 0) return <Empty>{t.definitions.none}</Empty>;
          return names.map((name) => {
            const versions = items.filter(({ definition }) => definition === name);
            return (
              <div className="columns" key={name}>
                <Panel title={name}>
                  <ul className="rows">
                    {versions.map((version) => (
                      <Line key={version.version} of={version} />
                    ))}
                  </ul>
                </Panel>
                {mayActivate && versions.length > 1 && <Activate name={name} versions={versions} />}
              </div>
            );
          });
        }}
      </Loaded>
    </Stack>
  );
}

function Line({ of }: { readonly of: Version }) {
  const { t } = useTexts();
  const { definition, version, knownBy, unknownTo, knownHere, lastActivation } = of;
  return (
    <li className="row">
      <span className="strong number">v{version}</span>
      <span className="grow">
        <Group gap={8}>
          <VersionAbout of={of} />
          {knownHere && (
            <Link
              to="/definitions/$name/$version"
              params={{ name: definition, version: String(version) }}
              aria-label={`${t.definitions.graph}: ${definition} v${version}`}
            >
              {t.definitions.graph}
            </Link>
          )}
        </Group>
        <span className="line dim">{t.definitions.engines(knownBy.length)}</span>
        {unknownTo.length > 0 && (
          <span className="line dim">
            {t.definitions.unknownTo} {unknownTo.join(', ')}
          </span>
        )}
        {lastActivation !== undefined && (
          <span className="line dim">
            {t.definitions.activated} <bdi>{lastActivation.by}</bdi>: <bdi>{lastActivation.reason}</bdi> ·{' '}
            <Time at={lastActivation.at} />
          </span>
        )}
      </span>
    </li>
  );
}

function Activate({ name, versions }: { readonly name: string; readonly versions: readonly Version[] }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const others = versions.filter(({ active }) => !active);
  const [chosen, setChosen] = useState(others[0]?.version ?? 1);
  const version = others.some((one) => one.version === chosen) ? chosen : (others[0]?.version ?? 1);
  const params = { name };
  return (
    <Panel title={t.definitions.activate}>
      <PlanFirst
        draft={`activate.${name}`}
        fields={String(version)}
        makePlan={(reason) => call('activateDefinition', { params, body: { version, reason, dryRun: true } })}
        showPlan={({ planHash = '', before }) => (
          <div className="plan">
            <PlanTitle hash={planHash} />
            <Text size="sm">{t.definitions.plan(`v${version}`, before ? `v${before}` : '–')}</Text>
          </div>
        )}
        isPossible={({ changed }) => changed}
        applyPlan={({ planHash }, reason, key) =>
          call('activateDefinition', {
            params,
            headers: { 'idempotency-key': key },
            body: { version, reason, ...(planHash !== undefined && { planHash }) },
          })
        }
        onApplied={() => void queries.invalidateQueries({ queryKey: ['definitions'] })}
        linesOf={({ planHash = '' }: Activated, reason) => ({
          command: `npm run -s saga -- definitions activate ${quoted(name)} ${version} --reason ${quoted(reason)} --plan ${planHash} --yes`,
          curl: curlPost(
            `${location.origin}/v1/definitions/${encodeURIComponent(name)}/activations`,
            {},
            { version, reason, planHash },
          ),
        })}
      >
        <NativeSelect
          label={t.definitions.version}
          value={String(version)}
          onChange={({ currentTarget }) => setChosen(Number(currentTarget.value))}
          data={others.map((one) => ({ value: String(one.version), label: `v${one.version}` }))}
        />
      </PlanFirst>
    </Panel>
  );
}
