/** The guards of giving coupons out. */
import type { Guard } from './guard.ts';

const DECIDE = 'participants/coupon/issuing/decide-requests.ts';
const STARTS = 'participants/coupon/issuing/starting-offsets.ts';
const BEGIN = 'participants/coupon/issuing/start-at-checkpoints.ts';
const ISSUER = 'participants/coupon/issuing/issuer.ts';
const TABLES = 'participants/coupon/issuing/testing/memory-store.ts';
const EVENTS = 'participants/coupon/issuing/testing/memory-cache.ts';

/** Records are decided whatever topic they are of. */
const UNCONFIRMED = {
  file: 'participants/platform/kafka/topic-watch.ts',
  text: '(await watch.confirm()) ? handle(records)',
  instead: 'watch ? handle(records)',
};

type IssuingGuard = Omit<Guard, 'scene' | 'backend'>;

const GUARDS: readonly IssuingGuard[] = [
  {
    name: 'one coupon each',
    without: 'a user has two coupons',
    edits: [
      { file: DECIDE, text: '&& !coupons.has(key)) {', instead: ') {' },
      { file: TABLES, text: 'if (tables.coupons.has(key)) throw', instead: 'if (false) throw' },
    ],
  },
  {
    name: 'as many as there are',
    without: 'there is a coupon too many',
    edits: [
      { file: DECIDE, text: 'if (left > 0 && isOpen', instead: 'if (isOpen' },
      { file: TABLES, text: 'if (campaign.issued >= campaign.total) throw', instead: 'if (false) throw' },
    ],
  },
  {
    name: 'begin no later than the group',
    without: 'a decided request never gets its result',
    edits: [{ file: STARTS, text: 'Math.min(committed ?? logStart, decidedTo)', instead: 'decidedTo' }],
  },
  {
    name: 'begin no later than the checkpoint',
    without: 'a request that the restored database lacks is never decided',
    edits: [
      { file: STARTS, text: 'Math.min(committed ?? logStart, decidedTo)', instead: 'committed ?? logStart' },
    ],
  },
  {
    name: 'a checkpoint that is behind',
    without: 'requests before it count as lost although they are in the log',
    edits: [
      {
        file: DECIDE,
        text: 'if (next === undefined || locked.begun.get(partition) !== next)\n    throw',
        instead: 'if (next === undefined)\n    throw',
      },
    ],
  },
  {
    name: "another log's end",
    without: 'an issuer takes its own log for one that was cut short, and gives up what is in it',
    edits: [
      {
        file: BEGIN,
        text: "return why === 'recreated' ? present.topicId !== before.topicId : present.logEnd < decidedTo;",
        instead: 'return true;',
      },
    ],
  },
  {
    name: 'the identity of the log',
    without: "requests of a recreated topic are answered from the old log's rows",
    edits: [{ file: STARTS, text: 'topicId !== before.topicId) {', instead: 'false) {' }],
  },
  {
    name: 'when the new log began',
    without: "the API answers a request of the old log from the new log's rows",
    edits: [
      {
        file: 'participants/coupon/issuing/request-logs.ts',
        text: 'begins.filter((at) => at <= request.acceptedAt).length',
        instead: 'begins.length',
      },
    ],
  },
  {
    name: 'no record of a log that goes back',
    without: 'an issuer that has not noticed the new log answers its requests as repeats',
    // Behind the confirmation, and before what the decision finds: alone it finds a log that was cut short, which no day has.
    from: 1_200,
    edits: [
      UNCONFIRMED,
      {
        file: 'participants/platform/kafka/merged-consumer.ts',
        text: 'if (offset < next) onReplaced',
        instead: 'if (false) onReplaced',
      },
      { file: DECIDE, text: 'if (repeated) requireDecided(item, checkpoint);', instead: 'if (repeated) {}' },
    ],
  },
  {
    name: 'the log is confirmed',
    without:
      'a record of the new log is decided as one of the old log, whose own request is then answered as sold out',
    edits: [UNCONFIRMED],
  },
  {
    name: 'no repeat of a later log',
    without: 'an issuer that reads below the checkpoint answers a new log from the rows of the old one',
    // Behind the confirmation: alone it finds a log that was cut short, which no day has.
    from: 300,
    edits: [
      UNCONFIRMED,
      { file: DECIDE, text: 'if (repeated) requireDecided(item, checkpoint);', instead: 'if (repeated) {}' },
    ],
  },
  {
    name: 'the highest checkpoint it wrote',
    without: 'an issuer begins below what it has decided, and notes requests as lost',
    edits: [
      {
        file: BEGIN,
        text: 'if (checkpoint < (highest.get(partition) ?? 0)) begun.delete(partition);',
        instead: 'if (false) begun.delete(partition);',
      },
    ],
  },
  {
    name: 'no records of revoked partitions',
    without: 'requests are passed over when partitions are taken away',
    edits: [
      {
        file: 'participants/platform/kafka/merged-consumer.ts',
        text: 'brought.filter(({ partition }) => readTo.has(partition))',
        instead: 'brought',
      },
    ],
  },
  {
    name: 'lost requests are recorded',
    without: 'a lost request is answered as sold out',
    edits: [{ file: DECIDE, text: 'if (gap !== null) lost.push(gap);', instead: '' }],
  },
  {
    name: 'Redis after the commit',
    without: 'Redis is ahead of PostgreSQL',
    edits: [
      {
        file: ISSUER,
        text: 'await store.write(decision, new Date(now));',
        instead:
          'await store.write(decision, new Date(now)); void writeCache(parts, { decision, campaigns, decidedUntil, epoch });',
      },
    ],
  },
  {
    name: 'the epoch',
    without: 'Redis is ahead of a restored database',
    edits: [
      { file: EVENTS, text: 'all.get(keyOf(epoch, campaignId))', instead: "all.get(keyOf('', campaignId))" },
      {
        file: EVENTS,
        text: 'const key = keyOf(epoch, campaignId);',
        instead: "const key = keyOf('', campaignId);",
      },
    ],
  },
  {
    name: 'sold out with all winners',
    without: 'a winner is answered as sold out',
    edits: [{ file: EVENTS, text: ' && known.winners.size >= known.issued', instead: '' }],
  },
  {
    name: 'a repeat of the winning request',
    without: 'the winning request is answered as a duplicate of itself',
    edits: [
      {
        file: 'participants/coupon/api/intake.ts',
        text: 'if (winner?.requestId === messageIdOf(identity)) {',
        instead: 'if (false) {',
      },
    ],
  },
];

export const ISSUING_GUARDS: readonly Guard[] = GUARDS.map((guard) => ({
  ...guard,
  scene: 'issuing',
  backend: 'memory',
}));
