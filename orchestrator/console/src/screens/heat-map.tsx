/** Active sagas by state and age: the more sagas, the deeper the colour. Each number opens the list of those sagas. */
import { Link } from '@tanstack/react-router';
import type { SagaCounts } from '../generated/api.ts';
import { Ago, StateName } from '../parts/values.tsx';
import { useTexts } from '../texts/use-texts.ts';
import type { Filters } from './filters.ts';

/** The deepest colour, as a share of the full one: numbers on it stay readable in both themes. */
const DEEPEST = 42;

const COLOURS = { running: 'blue', compensating: 'orange', completed: 'teal', failed: 'red' } as const;

export function HeatMap({ counts }: { readonly counts: SagaCounts }) {
  const { t, format } = useTexts();
  const bounds = counts.ageBoundsSeconds;
  const most = Math.max(1, ...counts.states.flatMap(({ ages }) => ages));
  const classes = [
    ...bounds.map((s) => t.overviewScreen.upTo(format.span(s * 1000))),
    t.overviewScreen.over(format.span((bounds.at(-1) ?? 0) * 1000)),
  ];
  /** The filter of an age class. */
  const agesOf = (index: number): Filters => ({
    ...(index > 0 && { minAgeMs: String((bounds[index - 1] ?? 0) * 1000) }),
    ...(index < bounds.length && { maxAgeMs: String((bounds[index] ?? 0) * 1000) }),
  });
  return (
    <div className="scroll">
      <table className="heat">
        <caption className="hidden">{t.overviewScreen.activeAbout}</caption>
        <thead>
          <tr>
            <th scope="col">{t.overviewScreen.state}</th>
            {classes.map((name) => (
              <th scope="col" key={name} className="number">
                {name}
              </th>
            ))}
            <th scope="col" className="number">
              {t.overviewScreen.all}
            </th>
            {(['stuck', 'stalled', 'paused'] as const).map((flag) => (
              <th scope="col" key={flag} className="number">
                {t.flags[flag]}
              </th>
            ))}
            <th scope="col" className="number">
              {t.overviewScreen.longest}
            </th>
          </tr>
        </thead>
        <tbody>
          {counts.states.map((row) => {
            const filter: Filters = { state: row.state, active: 'true' };
            return (
              <tr key={`${row.state} ${row.status}`}>
                <th scope="row">
                  <StateName state={row.state} />
                </th>
                {row.ages.map((sagas, index) => (
                  <Cell
                    key={index}
                    sagas={sagas}
                    filter={{ ...filter, ...agesOf(index) }}
                    depth={sagas === 0 ? 0 : 8 + (DEEPEST - 8) * (Math.log1p(sagas) / Math.log1p(most))}
                    color={COLOURS[row.status]}
                  />
                ))}
                <Cell sagas={row.sagas} filter={filter} />
                <Cell
                  sagas={row.stuck}
                  filter={{ ...filter, stuck: 'true' }}
                  depth={row.stuck > 0 ? 34 : 0}
                  color="red"
                />
                <Cell
                  sagas={row.stalled}
                  filter={{ ...filter, stalled: 'true' }}
                  depth={row.stalled > 0 ? 30 : 0}
                  color="yellow"
                />
                <Cell
                  sagas={row.paused}
                  filter={{ ...filter, paused: 'true' }}
                  depth={row.paused > 0 ? 26 : 0}
                  color="violet"
                />
                <td className="number">
                  <Ago at={row.longestSince} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface CellGiven {
  readonly sagas: number;
  readonly filter: Filters;
  readonly depth?: number;
  readonly color?: string;
}

function Cell({ sagas, filter, depth = 0, color = 'blue' }: CellGiven) {
  const { format } = useTexts();
  if (sagas === 0) return <td className="number none">·</td>;
  const background = `color-mix(in srgb, var(--mantine-color-${color}-6) ${Math.round(depth)}%, transparent)`;
  return (
    <td className="number" style={depth > 0 ? { background } : undefined}>
      <Link to="/sagas" search={filter} className="cell">
        {format.count(sagas)}
      </Link>
    </td>
  );
}
