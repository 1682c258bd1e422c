/** Coupons that are decided late, in the wrong order, or not at all. */
import { setTimeout as pause } from 'node:timers/promises';
import { createTopics, deleteTopics } from '#platform/kafka/admin.ts';
import { TOPICS } from '#protocol/topics.ts';
import type { Drill, Scene } from '../drill.ts';
import { setTopic } from '../kafka-settings.ts';
import { deleteRecords } from '../kafka-tools.ts';

const REQUESTS = 'coupon-request';
const issuersOf = ({ system }: Scene) =>
  Object.keys(system.pids).filter((name) => name.startsWith('coupon-issuer'));

/** How long an issuer hangs, and lives in between, ms. */
const HANGS_MS = 1_500;
const LIVES_MS = 500;
/** Above the limit of ProducerQueueLong. */
const BURST = 2_500;
const COLLECTED_MS = 10_000;
const topicOf = (wanted: string) => TOPICS.filter(({ name }) => name === wanted);

export const COUPONS: readonly Drill[] = [
  {
    name: 'one of two issuers of coupons is slow',
    alerts: [{ alert: 'CouponOrderWrong' }, { alert: 'CouponDecisionsLate' }],
    firesWithinS: 480,
    resolvesWithinS: 480,
    async make(scene) {
      const [slow = ''] = issuersOf(scene);
      let timer = setTimeout(hang, 0);
      function hang() {
        scene.system.kill(slow, 'SIGSTOP');
        timer = setTimeout(live, HANGS_MS);
      }
      function live() {
        scene.system.kill(slow, 'SIGCONT');
        timer = setTimeout(hang, LIVES_MS);
      }
      return async () => {
        clearTimeout(timer);
        scene.system.kill(slow, 'SIGCONT');
      };
    },
  },
  {
    name: 'the topic of coupon requests takes no record',
    alerts: [
      { alert: 'CouponRequestsUnanswered' },
      { alert: 'ProducerQueueLong', labels: { job: 'coupons' } },
    ],
    firesWithinS: 240,
    resolvesWithinS: 480,
    async make({ system, requestCoupons }) {
      const { kafka } = system.addresses;
      await setTopic(kafka, REQUESTS, { 'max.message.bytes': '1' });
      await requestCoupons(BURST);
      return () => setTopic(kafka, REQUESTS, { 'max.message.bytes': null });
    },
  },
  {
    name: 'somebody deletes the requests for coupons while no issuer runs',
    alerts: [{ alert: 'CouponRequestsLost' }],
    firesWithinS: 120,
    resolvesWithinS: 960,
    async make(scene) {
      const { system } = scene;
      const issuers = issuersOf(scene);
      await Promise.all(issuers.map((name) => system.end(name)));
      await pause(COLLECTED_MS);
      const [topic] = topicOf(REQUESTS);
      await deleteRecords(system.addresses.kafka, REQUESTS, topic?.partitions ?? 0);
      await Promise.all(issuers.map((name) => system.restart(name)));
      return async () => {};
    },
  },
  {
    name: 'the topic of coupon requests is made anew while no issuer runs',
    alerts: [{ alert: 'CouponLogReplaced' }],
    firesWithinS: 180,
    resolvesWithinS: 960,
    async make(scene) {
      const { system } = scene;
      const brokers = system.addresses.kafka;
      const issuers = issuersOf(scene);
      await Promise.all(issuers.map((name) => system.end(name)));
      await deleteTopics({ brokers, topics: [REQUESTS] });
      await createTopics({ brokers, topics: topicOf(REQUESTS) });
      await Promise.all(issuers.map((name) => system.restart(name)));
      return async () => {};
    },
  },
];
