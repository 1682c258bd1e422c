/** Brokers that hang, and topics and quotas that hold producers up. */

import { brokerName } from '#scripts/run/stack/kafka.ts';
import { signalService } from '#scripts/run/stack/one-service.ts';
import type { Drill } from '../drill.ts';
import { setQuota, setTopic } from '../kafka-settings.ts';

const BLOCKED = 'shipping-requested';
/** Nothing waits for what is written to it. */
const STRICT = 'coupon-inventory';
/** Some orders' worth of bytes a second, for each client. */
const QUOTA_BYTES = '400';

export const BROKERS: readonly Drill[] = [
  {
    name: 'the brokers delay every producer (quota)',
    alerts: [{ alert: 'ProducerThrottled', labels: { job: 'engine' } }],
    firesWithinS: 240,
    resolvesWithinS: 480,
    async make({ system }) {
      const { kafka } = system.addresses;
      await setQuota(kafka, { producer_byte_rate: QUOTA_BYTES });
      return () => setQuota(kafka, { producer_byte_rate: null });
    },
  },
  {
    name: 'a topic of commands takes no record',
    alerts: [{ alert: 'MessagesLeft', labels: { topic: BLOCKED } }],
    firesWithinS: 720,
    resolvesWithinS: 480,
    async make({ system }) {
      const { kafka } = system.addresses;
      await setTopic(kafka, BLOCKED, { 'max.message.bytes': '1' });
      return () => setTopic(kafka, BLOCKED, { 'max.message.bytes': null });
    },
  },
  {
    name: 'one of three brokers hangs, and a topic needs all three',
    alerts: [
      { alert: 'BrokerDown' },
      { alert: 'BrokerFenced' },
      { alert: 'UnderReplicated' },
      { alert: 'UnderMinInSync' },
    ],
    firesWithinS: 240,
    resolvesWithinS: 120,
    async make({ stack, system }) {
      const { kafka } = system.addresses;
      await setTopic(kafka, STRICT, { 'min.insync.replicas': '3' });
      await signalService(stack, brokerName(3), 'SIGSTOP');
      return async () => {
        await signalService(stack, brokerName(3), 'SIGCONT');
        await setTopic(kafka, STRICT, { 'min.insync.replicas': '2' });
      };
    },
  },
  {
    name: 'two of three brokers hang',
    alerts: [{ alert: 'NoController' }],
    firesWithinS: 240,
    resolvesWithinS: 240,
    async make({ stack }) {
      const hanging = [brokerName(2), brokerName(3)];
      for (const name of hanging) await signalService(stack, name, 'SIGSTOP');
      return async () => {
        for (const name of hanging) await signalService(stack, name, 'SIGCONT');
      };
    },
  },
];
