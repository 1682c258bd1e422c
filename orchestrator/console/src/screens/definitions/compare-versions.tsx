/** Two versions of a definition side by side, with what differs between them in both pictures and in words. */
import { Badge, Group } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { DefinitionGraph } from '../../generated/api.ts';
import { MachineDrawing } from '../../parts/machine-drawing.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Empty, Failed, Loading } from '../../parts/states.tsx';
import { StateName } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { type Change, type Comparison, compareGraphs, type Difference } from './compare-graphs.ts';
import { Cause } from './state-rows.tsx';
import { useGraph } from './use-graph.ts';
import { type Version, VersionAbout } from './version-about.tsx';

/** What differs is drawn over what does not. */
const CHANGES = ['same', 'changed', 'removed', 'added'] as const;
const COLOURS: Readonly<Record<Difference['change'], string>> = {
  added: 'teal',
  removed: 'red',
  changed: 'orange',
};

interface Given {
  readonly name: string;
  readonly numbers: readonly [number, number];
  /** All that the API lists of the definition. */
  readonly versions: readonly Version[];
}

export function CompareVersions({ name, numbers, versions }: Given) {
  // The older one stands first, whichever of them is compared with the other.
  const [older, newer] = [Math.min(...numbers), Math.max(...numbers)];
  const [before, after] = [useGraph(name, older), useGraph(name, newer)];
  if (before.data === undefined || after.data === undefined) return <NotYet of={[before, after]} />;
  const ownOf = (version: number) => versions.find((one) => one.version === version);
  const comparison = compareGraphs(before.data, after.data);
  return (
    <>
      <div className="columns">
        <Drawing name={name} version={older} of={ownOf(older)} side={comparison.before} />
        <Drawing name={name} version={newer} of={ownOf(newer)} side={comparison.after} />
      </div>
      <Differences of={comparison.differences} />
    </>
  );
}

function NotYet({ of }: { readonly of: ReadonlyArray<UseQueryResult<DefinitionGraph>> }) {
  const failed = of.find(({ error }) => error !== null);
  if (failed?.error == null) return <Loading lines={8} />;
  return <Failed error={failed.error} retry={failed.refetch} />;
}

function Drawing({
  name,
  version,
  of,
  side,
}: {
  readonly name: string;
  readonly version: number;
  readonly of: Version | undefined;
  readonly side: Comparison['before'];
}) {
  const { t } = useTexts();
  const title = `${name} v${version}`;
  const words = side.nodes
    .filter(({ change }) => change !== 'same')
    .map(({ id, change }) => `${id}: ${t.definitions.changes[change]}`);
  return (
    <Panel
      title={title}
      aside={
        of !== undefined && (
          <Group gap="sm">
            <VersionAbout of={of} />
          </Group>
        )
      }
    >
      <MachineDrawing
        machine={side}
        title={`${t.definitions.machine}: ${title}`}
        words={[title, ...words].join('; ')}
        tones={
          Object.fromEntries(CHANGES.map((one) => [one, t.definitions.changes[one]])) as Record<
            Change,
            string
          >
        }
        toneOfState={({ change }) => change}
        toneOf={({ change }) => change}
      />
    </Panel>
  );
}

function Differences({ of }: { readonly of: readonly Difference[] }) {
  const { t } = useTexts();
  return (
    <Panel title={t.definitions.differences}>
      {of.length === 0 && <Empty>{t.definitions.noDifference}</Empty>}
      <ul className="rows">
        {of.map((one) => (
          <Line key={JSON.stringify([one.of, one.state, one.event, one.guard])} of={one} />
        ))}
      </ul>
    </Panel>
  );
}

function Line({ of: { state, event, guard, change, fields } }: { readonly of: Difference }) {
  const { t } = useTexts();
  const nothing = <span className="dim">{t.definitions.nothing}</span>;
  return (
    <li className="row" data-change={change}>
      <Badge color={COLOURS[change]} className="flag">
        {t.definitions.changes[change]}
      </Badge>
      <span className="grow">
        <span className="strong">
          <StateName state={state} />
        </span>{' '}
        {event !== null && <Cause event={event} guard={guard} />}
        {fields.map(({ field, before, after }) => (
          <span key={field} className="line dim wrap">
            {t.definitions.fields[field] ?? field}:{' '}
            {change === 'changed' && (
              <>
                {before === null ? nothing : <span className="mono">{before}</span>}
                {' → '}
              </>
            )}
            {(change === 'removed' ? before : after) === null ? (
              nothing
            ) : (
              <span className="mono">{change === 'removed' ? before : after}</span>
            )}
          </span>
        ))}
      </span>
    </li>
  );
}
