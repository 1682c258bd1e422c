/** Plantings of what moves every saga: engines, brokers, queues, timers. */
import { placeOf } from '../bus.ts';
import { charged, does, edits, seconds, stops, until } from './moves.ts';
import type { Planting } from './planting.ts';

/** A defect: the order awaits no command any more. */
const awaitsNothing = edits(({ pending }) => ({ pending: { ...pending, awaiting: {} } }));

export const MOVERS: readonly Planting[] = [
  {
    name: 'there is no engine when it is placed',
    options: { engines: 0 },
    moves: [seconds(3)],
    cause: 'no-engine',
    says: /^Waits for 3 s to be begun; no engine is alive\.$/,
  },
  {
    name: 'the last engine dies while it waits for payment',
    options: { silent: ['payment'] },
    moves: [until('chargingPayment'), stops('engine-1')],
    cause: 'no-engine',
    says: /^Waits for payment\.charge; no engine is alive\.$/,
  },
  {
    name: 'no engine runs the version under which it was placed',
    async plant(day) {
      const id = day.place({}, { version: 2 });
      await day.run(3_000);
      return id;
    },
    cause: 'version-unknown',
    says: /none of the 1 live engine runs version 2 of order/,
  },
  {
    name: 'no engine can step it any more, and one has said so',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      edits(() => ({ definitionVersion: 2 })),
      stops('engine-1'),
      does((day) => day.startEngine('engine-2')),
      seconds(9),
      charged,
      seconds(2),
    ],
    cause: 'version-unknown',
    says: /needs a person .*no engine runs version 2 of order/i,
  },
  {
    name: 'the API is of another build',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      does(({ observer }) => {
        observer.knowsDefinition = false;
      }),
    ],
    cause: 'not-known-here',
    says: /this API does not run version 1 of order/,
  },
  {
    name: 'no broker answers',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      does(({ observer }) => {
        observer.brokersAnswer = false;
      }),
    ],
    cause: 'brokers-away',
    says: /no Kafka broker answers/,
  },
  {
    name: 'the topic of starts takes nothing',
    async plant(day) {
      day.bus.refusing.add(placeOf('order-created', 3));
      const id = day.place({}, { published: false });
      await day.run(4_000);
      return id;
    },
    cause: 'topic-takes-nothing',
    says: /partition 3 of order-created takes no record/,
  },
  {
    name: 'payment’s channel takes nothing',
    moves: [does(({ bus }) => bus.refusing.add(placeOf('payment-requested', 3))), seconds(45)],
    cause: 'topic-takes-nothing',
    says: /waits for payment\.charge; partition 3 of payment-requested takes no record: it was sent \w+( times)?/i,
  },
  {
    name: 'the API died before it published the start',
    async plant(day) {
      const id = day.place({}, { published: false });
      await day.run(10_050);
      return id;
    },
    cause: 'start-unpublished',
    says: /its start was never published/,
  },
  {
    name: 'three hundred orders come at once before it',
    async plant(day) {
      for (let n = 0; n < 300; n++) day.place();
      return day.place();
    },
    cause: 'start-queued',
    says: /to be begun; 300 records are before it in partition 3/,
  },
  {
    name: 'the engine stands still',
    async plant(day) {
      day.freeze('engine-1', 600_000);
      const id = day.place();
      await day.run(45_000);
      return id;
    },
    cause: 'engine-stands-still',
    says: /waits? for an engine; the engines read nothing of any partition/,
  },
  {
    name: 'the engine has stood still for some seconds, after it moved others',
    async plant(day) {
      for (let n = 0; n < 10; n++) {
        day.place();
        await day.run(1_000);
      }
      day.freeze('engine-1', 600_000);
      const id = day.place();
      await day.run(10_000);
      return id;
    },
    cause: 'start-queued',
    says: /to be begun; 0 records are before it in partition 3/,
    unknown: /the engines have read nothing for \S+ s, though there are records to read/,
  },
  {
    name: 'the engine of its partition stands still, and the other does not',
    options: { engines: 2 },
    async plant(day) {
      day.freeze('engine-1', 600_000);
      const id = day.place({}, { partition: 0 });
      for (let n = 0; n < 25; n++) {
        day.place({}, { partition: 11 });
        await day.run(2_000);
      }
      return id;
    },
    cause: 'partition-stands-still',
    says: /of its partition 0 waits? for an engine; the engines read .* a second of other partitions/,
  },
  {
    name: 'the engine is behind with replies',
    options: { silent: ['payment'] },
    moves: [seconds(16), does((day) => day.fill(day.controlTopic, 400))],
    cause: 'reply-queued',
    says: /payment has read it; its reply may be among the 400 records of partition 3/,
  },
  {
    name: 'a defect left it with a timer alone',
    options: { silent: ['payment'] },
    moves: [until('chargingPayment'), awaitsNothing],
    cause: 'waits-for-timer',
    says: /waits in chargingPayment until .*its timer chargeDeadline is due/i,
  },
  {
    name: 'its timer is due, and no sweeper has fired it',
    options: { silent: ['payment'] },
    moves: [until('chargingPayment'), awaitsNothing, (day, id) => day.postpone(id, 600_000), seconds(70)],
    cause: 'timer-due',
    says: /its timer chargeDeadline was due .* ago/,
  },
  {
    name: 'a defect left it with nothing to wait for',
    options: { silent: ['payment'] },
    moves: [
      until('chargingPayment'),
      edits(({ pending }) => ({ pending: { ...pending, awaiting: {}, timers: {} } })),
    ],
    cause: 'waits-for-nothing',
    says: /for nothing: it awaits no reply and no timer/,
  },
];
