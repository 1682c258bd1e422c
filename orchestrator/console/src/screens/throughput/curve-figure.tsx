/** Some curves over the same times, with their legend, the values under the pointer, and all of them as a table. */
import { Group } from '@mantine/core';
import { type PointerEvent, useId, useState } from 'react';
import { useTexts } from '../../texts/use-texts.ts';
import { pathsOf, type Scale } from './curves.ts';

interface Curve {
  readonly name: string;
  /** As the drawings of machines have them. */
  readonly tone: 'taken' | 'compensated' | 'current' | 'remaining' | 'added';
  /** Null: there is none at that time. */
  readonly values: ReadonlyArray<number | null>;
}

interface Given {
  readonly title: string;
  /** The instants, oldest first. */
  readonly times: readonly string[];
  /** What a time is, above its column of the table. */
  readonly timeName: string;
  readonly showTime: (instant: string) => string;
  /** A curve in words: its last value, and the largest one. */
  readonly words: (name: string, last: string, most: string) => string;
  readonly curves: readonly Curve[];
  readonly scaleOf: (values: readonly number[]) => Scale;
  readonly show: (value: number) => string;
}

export function CurveFigure(given: Given) {
  const { title, times, timeName, showTime, curves, scaleOf, show, words } = given;
  const { t } = useTexts();
  const titled = useId();
  const [pointed, setPointed] = useState<number | null>(null);
  const known = curves.flatMap(({ values }) => values.filter((value) => value !== null));
  const scale = scaleOf(known);
  const shown = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : show(value);
  const last = times.length - 1;
  const at = Math.min(pointed ?? last, last);
  const point = ({ currentTarget, clientX }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setPointed(Math.round(Math.min(1, Math.max(0, (clientX - left) / width)) * last));
  };
  const inWords = curves.map(({ name, values }) =>
    words(name, shown(values[last]), shown(known.length === 0 ? null : largest(values))),
  );
  return (
    <figure className="figure" aria-labelledby={titled}>
      <Group component="figcaption" justify="space-between" gap="xs">
        <span id={titled} className="strong">
          {title}
        </span>
        <span className="number dim small">{showTime(times[at] ?? '')}</span>
      </Group>
      <Group gap="sm" className="legend">
        {curves.map(({ name, tone, values }) => (
          <span key={name} className="nowrap">
            <span className="swatch" data-tone={tone} aria-hidden />
            {name} <span className="number strong">{shown(values[at])}</span>
          </span>
        ))}
      </Group>
      <div className="plot">
        <div className="ticks" aria-hidden>
          {scale.ticks.map((tick) => (
            <span key={tick} style={{ bottom: `${scale.shareOf(tick) * 100}%` }}>
              {show(tick)}
            </span>
          ))}
        </div>
        <svg
          viewBox="0 0 1 1"
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}. ${inWords.join(' ')}`}
          onPointerMove={point}
          onPointerLeave={() => setPointed(null)}
        >
          {scale.ticks.map((tick) => (
            <path key={tick} d={`M0,${1 - scale.shareOf(tick)}H1`} className="grid-line" />
          ))}
          {pointed !== null && <path d={`M${at / Math.max(1, last)},0V1`} className="grid-line pointed" />}
          {curves.map(({ name, tone, values }) => {
            const { lines, dots } = pathsOf(values, scale);
            return (
              <g key={name} data-tone={tone}>
                <path d={lines} className="edge curve" data-tone={tone} />
                <path d={dots} className="dots" />
              </g>
            );
          })}
        </svg>
        <div className="from-to" aria-hidden>
          <span>{showTime(times[0] ?? '')}</span>
          {last > 1 && <span>{showTime(times[last] ?? '')}</span>}
        </div>
      </div>
      <details className="more">
        <summary>{t.throughput.asTable}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls is reached by the keyboard */}
        <section className="scroll minutes" tabIndex={0} aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{timeName}</th>
                {curves.map(({ name }) => (
                  <th scope="col" key={name} className="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times
                .map((time, index) => (
                  <tr key={time}>
                    <th scope="row">{showTime(time)}</th>
                    {curves.map(({ name, values }) => (
                      <td key={name} className="number">
                        {shown(values[index])}
                      </td>
                    ))}
                  </tr>
                ))
                .reverse()}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}

function largest(values: ReadonlyArray<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
