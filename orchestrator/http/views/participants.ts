/** The view of participants: how far behind each one's group is, and what fails at it. Pure. */
import * as z from 'zod';
import type { Lags } from '#orchestrator/broker/flows.ts';
import type { OldestUnread, PartitionLag, SummedLag, TopicLag } from '#orchestrator/broker/group-lags.ts';
import type { FailureCount, FailureStore } from '#orchestrator/store/failure-store.ts';
import { count, instant, link, type View } from '#platform/http/schemas.ts';

const waited = {
  oldestUnreadMs: count
    .nullable()
    .describe(
      'How long the oldest unread message has waited, from when the log’s end passed the read position: exact to 2.5 s in the last minute, to 15 s in the last hour. 0: all is read. Null: it was unread before this API began to observe, or for over an hour.',
    ),
  oldestUnreadAtLeastMs: count.describe('The same where it is known; else it has waited so long, or longer.'),
};
const perSecond = z
  .number()
  .nullable()
  .describe('Messages a second over the last minute. Null: not observed for long enough.');
const behind = {
  lag: count.describe('Unread messages.'),
  readPerSecond: perSecond,
  writtenPerSecond: perSecond,
  ...waited,
};

const partitionLag = z
  .object({
    topic: z.string(),
    partition: z.int(),
    end: count.describe('Where its log ends.'),
    readTo: count.describe('How far the group has read it.'),
    lag: count,
    ...waited,
  })
  .meta({ id: 'PartitionLag', description: 'A group in one partition.' });

const topicLag = z
  .object({
    topic: z.string(),
    partitions: count,
    end: count.describe('The ends of its partitions, summed.'),
    readTo: count.describe('How far the group has read them, summed.'),
    ...behind,
    worst: partitionLag.nullable().describe('The one with most unread messages. Null: all are read.'),
  })
  .meta({ id: 'TopicLag', description: 'A group on one topic, all of its partitions together.' });

const failure = z
  .object({
    code: z.string(),
    sagas: count,
    stuck: count.describe('Those with an incident; the others are delayed and go on by themselves.'),
    newestAt: instant.describe('When the newest of these failures was.'),
    links: z.object({ sagas: link }),
  })
  .meta({ id: 'ParticipantFailure', description: 'Active sagas whose failure has one code.' });

const participant = z
  .object({
    participant: z
      .string()
      .describe(
        'As the filter `failureParticipant` takes it. `orchestrator`: the engines, and failures that are no participant’s.',
      ),
    group: z.string().describe('Its consumer group.'),
    members: count.nullable().describe('Of the group, as last observed. Null: no coordinator described it.'),
    queue: z
      .object({ ...behind, worst: partitionLag.nullable(), topics: z.array(topicLag) })
      .nullable()
      .describe('Of all of its topics together, and of each. Null: not observed yet.'),
    failures: z.array(failure).describe('Most sagas first.'),
  })
  .meta({ id: 'Participant' });

export const participantList = z
  .object({
    asOf: instant,
    observedAt: instant
      .nullable()
      .describe('When the brokers last answered this API, which observes them every 2.5 s. Null: never yet.'),
    isStale: z
      .boolean()
      .describe('They have not answered for 12 s: members and queues are those of `observedAt`.'),
    items: z.array(participant),
    hasMoreFailures: z.boolean().describe('There are smaller groups of failures.'),
    failuresAsOf: instant.describe(
      'When failures were counted: a moment ago, where counting them takes long.',
    ),
    failuresArePartial: z
      .boolean()
      .describe('Counting all of them would have taken too long: there are more.'),
  })
  .meta({
    id: 'ParticipantList',
    description: 'The engines, and each participant that a definition names.',
  });

/** Whose lag and failures are shown. */
export interface Reader {
  readonly participant: string;
  readonly group: string;
}

export function participantListView(
  readers: readonly Reader[],
  { observedAtMs, isStale, groups }: Lags,
  { value: { failures, hasMore, isPartial }, at }: Awaited<ReturnType<FailureStore['count']>>,
  asOfMs: number,
): View<typeof participantList> {
  return {
    asOf: new Date(asOfMs),
    observedAt: observedAtMs === null ? null : new Date(observedAtMs),
    isStale,
    items: readers.map(({ participant: name, group }) => {
      const lag = groups.find((one) => one.group === group);
      return {
        participant: name,
        group,
        members: lag?.members ?? null,
        queue:
          lag === undefined
            ? null
            : { ...behindView(lag), worst: worstView(lag), topics: lag.topics.map(topicView) },
        failures: failures.filter((one) => one.participant === name).map(failureView),
      };
    }),
    hasMoreFailures: hasMore,
    failuresAsOf: at,
    failuresArePartial: isPartial,
  };
}

function topicView(of: TopicLag): View<typeof topicLag> {
  const { topic, partitions, end, readTo } = of;
  return { topic, partitions, end, readTo, ...behindView(of), worst: worstView(of) };
}

function behindView({ lag, readPerSecond, writtenPerSecond, oldest }: SummedLag) {
  return {
    lag,
    readPerSecond: rounded(readPerSecond),
    writtenPerSecond: rounded(writtenPerSecond),
    ...waitedView(oldest),
  };
}

function worstView({ worst }: SummedLag): View<typeof partitionLag> | null {
  return worst === null ? null : partitionView(worst);
}

function partitionView({ topic, partition, end, readTo, lag, oldest }: PartitionLag) {
  return { topic, partition, end, readTo, lag, ...waitedView(oldest) };
}

function waitedView({ waitedMs, atLeastMs }: OldestUnread) {
  return { oldestUnreadMs: waitedMs, oldestUnreadAtLeastMs: atLeastMs };
}

function failureView({ participant: name, code, sagas, stuck, newestAt }: FailureCount) {
  const query = new URLSearchParams({ active: 'true', failureParticipant: name, failureCode: code });
  return { code, sagas, stuck, newestAt, links: { sagas: `/v1/sagas?${query}` } };
}

/** To a hundredth. */
function rounded(rate: number | null): number | null {
  return rate === null ? null : Math.round(rate * 100) / 100;
}
