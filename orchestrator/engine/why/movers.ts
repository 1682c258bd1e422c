/** Causes in what moves every saga: the engines, the brokers, the event that starts it. */
import { startTopic } from '../definition/start-message.ts';
import { ENGINE_GROUP, START } from '../recovery/decide-recovery.ts';
import type { Cause, Evidence } from './cause.ts';
import { versionSteps } from './incidents.ts';
import type { Observations } from './observations.ts';
import { counted, number, span } from './phrases.ts';
import { engineProgress, flowOf, membersOf, recordsUpTo } from './queues.ts';

/** A start event that no engine has taken for so long, though all is read, was not published. */
const PUBLISHED_WITHIN_MS = 10_000;

/** No engine lives, or none has the saga's version; else this process may lack it. Null: none of these. */
export function engineCause(seen: Observations): Cause | null {
  const { engines, row, definition } = seen;
  const version = `version ${row.definitionVersion} of ${row.definition}`;
  const members = membersOf(seen, ENGINE_GROUP);
  const evidence = { ...engines, members, definition: row.definition, version: row.definitionVersion };
  const waits = leadOf(seen);
  if (engines.alive === 0 || members === 0)
    return {
      code: 'no-engine',
      clauses: [waits, engines.alive === 0 ? 'no engine is alive' : 'no engine reads'],
      evidence,
      nextSteps: [{ text: 'start an engine: nothing moves any saga without one' }],
      halts: true,
    };
  if (engines.knowing === 0)
    return {
      code: 'version-unknown',
      clauses: [waits, `none of the ${counted(engines.alive, 'live engine')} runs ${version}`],
      evidence,
      nextSteps: versionSteps(row.id),
      halts: true,
    };
  if (definition !== null) return null;
  return {
    code: 'not-known-here',
    clauses: [waits, `this API does not run ${version}, so that it cannot say more`],
    evidence,
    nextSteps: [{ text: 'send the request to an API of a build that has it' }],
    halts: false,
  };
}

/** Null: a broker answered. */
export function brokersCause(seen: Observations): Cause | null {
  if (seen.brokers !== null) return null;
  return {
    code: 'brokers-away',
    clauses: [leadOf(seen), 'no Kafka broker answers this API, so that nothing is known of its queues'],
    evidence: { brokersAnswer: false },
    nextSteps: [
      { text: 'see the runbook BrokerDown' },
      { text: 'where brokers demand rights: the API needs those of `npm run access -- kafka-tools`' },
    ],
    halts: true,
  };
}

/** The engines have records of its partition to read and read none. Null: they read, or nothing is observed yet. */
export function standstillCause(seen: Observations): Cause | null {
  const progress = engineProgress(seen);
  if (progress === null || progress.unread === 0 || progress.perSecond !== 0) return null;
  const { partition } = seen.row;
  const others = progress.allPerSecond ?? 0;
  // They have only just begun to read, after a standstill of all.
  if (others > 0 && !progress.hasMovedBefore) return null;
  const evidence = { partition, unread: progress.unread, perSecond: 0, allPerSecond: others };
  const unread = `${counted(progress.unread, 'record')} of its partition ${partition} ${progress.unread === 1 ? 'waits' : 'wait'} for an engine`;
  if (others === 0)
    return {
      code: 'engine-stands-still',
      clauses: [leadOf(seen), unread, 'the engines read nothing of any partition'],
      evidence,
      nextSteps: [{ text: 'see the engines’ logs: the database or the brokers may hold them up' }],
      halts: true,
    };
  return {
    code: 'partition-stands-still',
    clauses: [
      leadOf(seen),
      unread,
      `the engines read ${number(others)} records a second of other partitions`,
    ],
    evidence,
    nextSteps: [
      { text: 'see the engines’ logs for the partition: a topic that it writes to may take nothing' },
    ],
    halts: true,
  };
}

/** Of a saga that no engine has begun. Null: it has begun. */
export function startCause(seen: Observations): Cause | null {
  const { row, definition, sweepState, blocked, nowMs } = seen;
  if (row.version > 0 || definition === null) return null;
  const topic = startTopic(definition);
  const ageMs = nowMs - row.createdAt.getTime();
  const flow = flowOf(seen, ENGINE_GROUP, topic);
  const sent = sweepState.sent?.[START];
  const upTo = flow === undefined ? 0 : recordsUpTo(flow, sent);
  const before = Math.max(0, upTo - 1);
  const evidence: Evidence = {
    topic,
    partition: row.partition,
    ageMs,
    before,
    perSecond: flow?.perSecond ?? null,
    publishedAgain: sent?.attempts ?? 0,
  };
  const lead = leadOf(seen);
  if (blocked.includes(topic))
    return {
      code: 'topic-takes-nothing',
      clauses: [
        lead,
        `partition ${row.partition} of ${topic} takes no record, so that its start is not published`,
      ],
      evidence,
      nextSteps: [{ text: 'see the runbook OfflinePartitions; the sweeper publishes it again by itself' }],
      halts: true,
    };
  if (upTo === 0 && ageMs > PUBLISHED_WITHIN_MS)
    return {
      code: 'start-unpublished',
      clauses: [
        lead,
        'the engines have read all of its partition, so its start was never published',
        'the sweeper of an engine publishes it again',
      ],
      evidence,
      nextSteps: [],
      halts: false,
    };
  const rate = flow?.perSecond;
  return {
    code: 'start-queued',
    clauses: [
      lead,
      `${counted(before, 'record')} ${before === 1 ? 'is' : 'are'} before it in partition ${row.partition}`,
      ...(rate ? [`the engines read ${number(rate)} of them a second`] : []),
    ],
    evidence,
    nextSteps: [],
    halts: false,
  };
}

/** What the saga waits for, without the cause. */
export function leadOf({ row, nowMs }: Observations): string {
  if (row.version === 0) return `waits for ${span(nowMs - row.createdAt.getTime())} to be begun`;
  const [awaited] = Object.values(row.pending.awaiting);
  return awaited === undefined ? `waits in ${row.state}` : `waits for ${awaited.type}`;
}
