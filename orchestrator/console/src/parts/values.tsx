/** Small values that every view shows alike: a status, a state, a time, a saga's id. */
import { Badge, Group } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ListedSaga } from '../generated/api.ts';
import { useTexts } from '../texts/use-texts.ts';

type Status = ListedSaga['status'];
const COLOURS: Readonly<Record<Status, string>> = {
  running: 'blue',
  compensating: 'orange',
  completed: 'teal',
  failed: 'gray',
};

export function StatusBadge({ status }: { readonly status: Status }) {
  const { t } = useTexts();
  return (
    <Badge color={COLOURS[status]} className="flag" data-status={status}>
      {t.status[status]}
    </Badge>
  );
}

/** The flags that are set. */
export function Flags({ of }: { readonly of: Pick<ListedSaga, 'stuck' | 'stalled' | 'paused'> }) {
  const { t } = useTexts();
  const flags = [
    ['stuck', 'red'],
    ['stalled', 'yellow'],
    ['paused', 'violet'],
  ] as const;
  return (
    <Group gap={4} wrap="nowrap" component="span" className="flags">
      {flags.map(([flag, color]) =>
        of[flag] ? (
          <Badge key={flag} color={color} className="flag">
            {t.flags[flag]}
          </Badge>
        ) : null,
      )}
    </Group>
  );
}

/** A state's path; its group is dimmed. */
export function StateName({ state }: { readonly state: string }) {
  const dot = state.lastIndexOf('.') + 1;
  return (
    <span className="state">
      {dot > 0 && <span className="dim">{state.slice(0, dot)}</span>}
      {state.slice(dot)}
    </span>
  );
}

/** An instant, with the zone in its title. */
export function Time({ at, clock = false }: { readonly at: string; readonly clock?: boolean }) {
  const { format } = useTexts();
  return (
    <time dateTime={at} title={format.whole(at)} className="number">
      {clock ? format.clock(at) : format.time(at)}
    </time>
  );
}

/** The day of an instant, with the year. */
export function Day({ at }: { readonly at: string }) {
  const { format } = useTexts();
  return (
    <time dateTime={at} title={format.whole(at)} className="number">
      {format.day(at)}
    </time>
  );
}

/** How long ago an instant is; counts on by itself. */
export function Ago({ at }: { readonly at: string }) {
  const { format } = useTexts();
  const now = useNow();
  return (
    <time dateTime={at} title={format.whole(at)} className="number">
      {format.span(Math.max(0, now - Date.parse(at)))}
    </time>
  );
}

/** The end of an id: the ends differ, the beginnings are of a time. */
export function ShortId({ id }: { readonly id: string }) {
  return (
    <span className="mono short" title={id}>
      <span className="dim">…</span>
      {id.slice(-12)}
    </span>
  );
}

const TICK_MS = 1_000;
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
