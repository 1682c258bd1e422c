/** How far a group is behind on a topic, and whether it moves. */
import { engineTopics } from '../read-message.ts';
import { ENGINE_GROUP } from '../recovery/decide-recovery.ts';
import type { SentState } from '../sweep-state.ts';
import type { GroupPace, Observations, TopicFlow } from './observations.ts';

/** A group's progress on a topic; undefined: not observed. */
export function flowOf({ brokers }: Observations, group: string, topic: string): TopicFlow | undefined {
  return brokers?.flows.find((one) => one.group === group && one.topic === topic);
}

/** The number of members of a group; null: not known. */
export function membersOf({ brokers }: Observations, group: string): number | null {
  return brokers?.groups.find((one) => one.group === group)?.members ?? null;
}

/** The records that a group reads until it has a message that was sent, which is one of them: at the most. 0: it has read it. */
export function recordsUpTo({ end, readTo }: TopicFlow, sent: SentState | undefined): number {
  return Math.max(0, Math.min(sent?.endOffset ?? end, end) - readTo);
}

/** What the engines have yet to read of the saga's partition, and how fast they read. */
export interface EngineProgress {
  readonly unread: number;
  /** Null: not observed for long enough. */
  readonly perSecond: number | null;
  readonly allUnread: number;
  readonly allPerSecond: number | null;
  /** Of the engines as they are now, over all of their topics. */
  readonly pace: GroupPace | null;
  readonly hasMovedBefore: boolean;
}

/** The engines' progress on every topic that they read; null: no broker answered. */
export function engineProgress(seen: Observations): EngineProgress | null {
  const { brokers, definition } = seen;
  if (brokers === null || definition === null) return null;
  const topics = new Set(engineTopics([definition]));
  const flows = brokers.flows.filter(({ group, topic }) => group === ENGINE_GROUP && topics.has(topic));
  const sum = (of: (flow: TopicFlow) => number) => flows.reduce((total, flow) => total + of(flow), 0);
  // Where some topic moves, one of which that is not known has not moved for seconds.
  const rate = (of: (flow: TopicFlow) => number | null) => {
    const known = sum((flow) => of(flow) ?? 0);
    return known === 0 && flows.some((flow) => of(flow) === null) ? null : known;
  };
  return {
    unread: sum(({ end, readTo }) => Math.max(0, end - readTo)),
    perSecond: rate(({ perSecond }) => perSecond),
    allUnread: sum(({ allUnread }) => allUnread),
    allPerSecond: rate(({ allPerSecond }) => allPerSecond),
    hasMovedBefore: flows.some((flow) => flow.hasMovedBefore),
    pace: brokers.paces.find(({ group }) => group === ENGINE_GROUP) ?? null,
  };
}

/** How long a group has had something to read and has read nothing of any of its topics, ms. 0: it reads, or has read all. */
export function standsForMs({ brokers }: Observations, group: string): number {
  const flows = (brokers?.flows ?? []).filter((one) => one.group === group);
  const unreadSince = flows.flatMap(({ allUnreadSinceMs }) => allUnreadSinceMs ?? []);
  if (brokers === null || unreadSince.length === 0) return 0;
  const since = Math.max(Math.min(...unreadSince), ...flows.map(({ allReadSinceMs }) => allReadSinceMs));
  return brokers.atMs - since;
}
