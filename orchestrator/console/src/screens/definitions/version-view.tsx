/** One version of a definition: its machine, what each state does, and what differs from another version. */
import { Group, NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { Panel } from '../../parts/panel.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { CompareVersions } from './compare-versions.tsx';
import { DefinitionMachine } from './definition-machine.tsx';
import { StateRows } from './state-rows.tsx';
import { useGraph } from './use-graph.ts';
import { VersionAbout } from './version-about.tsx';

const route = getRouteApi('/definitions/$name/$version');

export function VersionView() {
  const { t } = useTexts();
  const params = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const definitions = useQuery({ queryKey: ['definitions'], queryFn: () => call('listDefinitions') });
  const versions = (definitions.data?.items ?? []).filter(({ definition }) => definition === params.name);
  const version = Number(params.version);
  const own = versions.find((one) => one.version === version);
  // The API draws only the versions that it runs itself.
  const others = versions.filter((one) => one.version !== version && one.knownHere);
  return (
    <div>
      <Text size="xs" mb={4}>
        <Link to="/definitions" className="back">
          ← {t.definitions.title}
        </Link>
      </Text>
      <Stack gap="md">
        <Group justify="space-between" align="flex-end">
          <Group gap="sm" align="center">
            <Title order={1}>
              {params.name} v{params.version}
            </Title>
            {own !== undefined && <VersionAbout of={own} />}
          </Group>
          {others.length === 0 ? (
            <Text size="sm" c="dimmed">
              {t.definitions.noOther}
            </Text>
          ) : (
            <NativeSelect
              label={t.definitions.compareWith}
              value={search.with ?? ''}
              onChange={({ currentTarget: { value } }) =>
                void navigate({ search: value === '' ? {} : { with: value } })
              }
              data={[
                { value: '', label: '–' },
                ...others.map((one) => ({ value: String(one.version), label: `v${one.version}` })),
              ]}
            />
          )}
        </Group>
        {search.with === undefined ? (
          <OneVersion name={params.name} version={version} />
        ) : (
          <CompareVersions name={params.name} numbers={[version, Number(search.with)]} versions={versions} />
        )}
      </Stack>
    </div>
  );
}

function OneVersion({ name, version }: { readonly name: string; readonly version: number }) {
  const { t } = useTexts();
  const graph = useGraph(name, version);
  return (
    <div className="columns">
      <Panel title={t.definitions.machine}>
        <Loaded of={graph} lines={8}>
          {(data) => <DefinitionMachine graph={data} />}
        </Loaded>
      </Panel>
      <Panel title={t.definitions.states}>
        <Loaded of={graph} lines={8}>
          {(data) => <StateRows graph={data} />}
        </Loaded>
      </Panel>
    </div>
  );
}
