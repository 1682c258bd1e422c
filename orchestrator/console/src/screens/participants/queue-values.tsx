/** Small values of queues: how long the oldest message has waited, rates, members, and whether all of that is of now. */
import { Alert, Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import type { ParticipantList } from '../../generated/api.ts';
import { Ago } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import type { Participant } from './worst-first.ts';

type Queue = NonNullable<Participant['queue']>;

/** All participants. @param view its name among the queries: a view refreshes its own */
export function useParticipants(view: string, everyMs: number) {
  return useQuery({
    queryKey: [view, 'participants'],
    queryFn: () => call('listParticipants'),
    refetchInterval: everyMs,
  });
}

/** How long the oldest unread message has waited. */
export function Waited({
  of,
}: {
  readonly of: Pick<Queue, 'lag' | 'oldestUnreadMs' | 'oldestUnreadAtLeastMs'>;
}) {
  const { t, format } = useTexts();
  const { lag, oldestUnreadMs, oldestUnreadAtLeastMs } = of;
  if (lag === 0) return <span className="dim">·</span>;
  const span = format.span(oldestUnreadAtLeastMs);
  return oldestUnreadMs === null ? (
    <span title={t.participants.notKnown}>{t.participants.longerThan(span)}</span>
  ) : (
    <span>{span}</span>
  );
}

/** Messages a second; a slow trickle is not none. */
export function Rate({ perSecond }: { readonly perSecond: number | null }) {
  const { t, format } = useTexts();
  if (perSecond === null) return <Unknown title={t.participants.notMeasured} />;
  return (
    <span className={perSecond === 0 ? 'dim' : undefined}>
      {format.count(perSecond < 1 ? perSecond : Math.round(perSecond * 10) / 10)}
    </span>
  );
}

/** How many processes read. */
export function Members({ of: { members, queue } }: { readonly of: Pick<Participant, 'members' | 'queue'> }) {
  const { t, format } = useTexts();
  if (members === null) return <Unknown title={t.participants.notDescribed} />;
  if (members > 0) return <span>{format.count(members)}</span>;
  return (
    <Badge color={(queue?.lag ?? 0) > 0 ? 'red' : 'gray'} className="flag">
      {t.participants.nobody}
    </Badge>
  );
}

/** In place of a number that is not known. */
export function Unknown({ title }: { readonly title: string }) {
  return (
    <span className="dim" title={title}>
      –<span className="hidden">{title}</span>
    </span>
  );
}

/** Says so where the brokers have not answered lately, or never. */
export function Staleness({ of: { observedAt, isStale } }: { readonly of: ParticipantList }) {
  const { t } = useTexts();
  if (!isStale) return null;
  return (
    <Alert color="yellow" mb="sm" p="xs" data-stale>
      {observedAt === null ? (
        t.participants.never
      ) : (
        <>
          {t.participants.stale[0]} <Ago at={observedAt} />. {t.participants.stale[1]}
        </>
      )}
    </Alert>
  );
}
