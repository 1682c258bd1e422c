/** `saga participants`: the queue of each participant and of the engines, who reads it, and what fails at it. */
import type { Context } from './context.ts';
import { ago, type Format, instant, render, span, table } from './output.ts';

interface Waited {
  readonly lag: number;
  readonly oldestUnreadMs: number | null;
  readonly oldestUnreadAtLeastMs: number;
}

interface Partition extends Waited {
  readonly topic: string;
  readonly partition: number;
}

interface Behind extends Waited {
  readonly readPerSecond: number | null;
  readonly writtenPerSecond: number | null;
  readonly worst: Partition | null;
}

interface Participant {
  readonly participant: string;
  readonly group: string;
  readonly members: number | null;
  readonly queue: (Behind & { readonly topics: ReadonlyArray<Behind & { readonly topic: string }> }) | null;
  readonly failures: ReadonlyArray<{
    readonly code: string;
    readonly sagas: number;
    readonly stuck: number;
    readonly newestAt: string;
  }>;
}

interface Listed {
  readonly observedAt: string | null;
  readonly isStale: boolean;
  readonly items: readonly Participant[];
  readonly hasMoreFailures: boolean;
  readonly failuresArePartial: boolean;
}

export interface ParticipantsOptions {
  readonly topics?: boolean;
  readonly output: Format;
}

/** Lists them: the engines first. */
export async function listParticipants(
  { api, out, say, now }: Context,
  { topics = false, output }: ParticipantsOptions,
): Promise<void> {
  const found = await api.get<Listed>('/v1/participants');
  const { items, observedAt, isStale, hasMoreFailures, failuresArePartial } = found;
  out(render(output, items, (some) => asTables(some, topics, now())));
  if (observedAt === null) say('No broker has answered the API yet: how far anything is read is not known.');
  else if (isStale)
    say(`No broker has answered the API since ${instant(observedAt)}: queues and members are those of then.`);
  if (hasMoreFailures) say('There are smaller groups of failures.');
  if (failuresArePartial) say('Not all failures were counted: there are more.');
}

function asTables(items: readonly Participant[], withTopics: boolean, nowMs: number): string {
  const queues = table(
    ['PARTICIPANT', ...(withTopics ? ['TOPIC'] : ['MEMBERS']), ...BEHIND],
    withTopics ? items.flatMap(topicLines) : items.map(queueLine),
  );
  const failures = items.flatMap(({ participant, failures: some }) =>
    some.map(({ code, sagas, stuck, newestAt }) => [
      ...[participant, code, String(sagas), stuck === 0 ? '' : String(stuck)],
      ago(newestAt, nowMs),
    ]),
  );
  if (failures.length === 0) return queues;
  return `${queues}\n\n${table(['PARTICIPANT', 'CODE', 'SAGAS', 'STUCK', 'NEWEST'], failures)}`;
}

const BEHIND = ['UNREAD', 'OLDEST', 'READ/S', 'WRITTEN/S', 'WORST PARTITION'];
const UNKNOWN = '?';

function queueLine({ participant, members, queue }: Participant): string[] {
  return [participant, members === null ? UNKNOWN : String(members), ...behind(queue)];
}

function topicLines({ participant, queue }: Participant): string[][] {
  return queue === null
    ? [[participant, '', ...behind(null)]]
    : queue.topics.map((one) => [participant, one.topic, ...behind(one)]);
}

function behind(queue: Behind | null): string[] {
  if (queue === null) return BEHIND.map(() => UNKNOWN);
  const { lag, readPerSecond, writtenPerSecond, worst } = queue;
  return [
    ...[String(lag), oldest(queue), rate(readPerSecond), rate(writtenPerSecond)],
    worst === null ? '' : `${worst.topic}/${worst.partition}: ${worst.lag}`,
  ];
}

function oldest({ lag, oldestUnreadMs, oldestUnreadAtLeastMs }: Waited): string {
  if (lag === 0) return '';
  return oldestUnreadMs === null ? `>${span(oldestUnreadAtLeastMs)}` : span(oldestUnreadMs);
}

function rate(perSecond: number | null): string {
  return perSecond === null ? UNKNOWN : perSecond.toFixed(1);
}
