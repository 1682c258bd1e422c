/** Brokers that hang, are busy or lead too much, and topics and quotas that hold producers up. */
import { availableParallelism } from 'node:os';
import { brokerName } from '#scripts/run/stack/kafka.ts';
import { signalService } from '#scripts/run/stack/one-service.ts';
import type { Drill } from '../drill.ts';
import { setQuota, setTopic } from '../kafka-settings.ts';
import { createAt, deleteTopic, flood, leadEverything } from '../kafka-tools.ts';

const BLOCKED = 'shipping-requested';
/** Nothing waits for what is written to it. */
const STRICT = 'coupon-inventory';
/** Topics of the drills' own. */
const SINGLE = 'drill-single-replica';
const BUSY = 'drill-busy';
const IDS = [1, 2, 3];
/** The local brokers' threads for requests: they cannot use 70 % of more processors. */
const HANDLERS = 2;
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
  {
    name: 'the only broker with a replica hangs',
    alerts: [{ alert: 'OfflinePartitions' }],
    firesWithinS: 150,
    resolvesWithinS: 120,
    async make({ stack, system }) {
      const { kafka } = system.addresses;
      await createAt(kafka, SINGLE, 3, { settings: { 'min.insync.replicas': '1' } });
      await signalService(stack, brokerName(3), 'SIGSTOP');
      return async () => {
        await signalService(stack, brokerName(3), 'SIGCONT');
        await deleteTopic(kafka, SINGLE);
      };
    },
  },
  {
    name: 'somebody reassigns every partition to one broker first',
    alerts: [{ alert: 'LeadersUneven' }],
    firesWithinS: 780,
    resolvesWithinS: 120,
    make: ({ system }) => leadEverything(system.addresses.kafka, 1, IDS),
  },
  {
    name: 'one broker compresses what a producer floods it with',
    alerts: [{ alert: 'BrokerBusy' }],
    firesWithinS: 540,
    resolvesWithinS: 360,
    async make({ system, setRate }) {
      if (availableParallelism() > HANDLERS)
        throw new Error(`a local broker cannot use 70 % of more than ${HANDLERS} processors`);
      const { kafka } = system.addresses;
      setRate(0.2);
      // The producer sends it plain, and the broker packs it as tightly as it can, so that nearly all of the work is the broker's:
      // with gzip the producers and the idle system left it 61 to 71 % of two processors.
      const settings = {
        'compression.type': 'zstd',
        'compression.zstd.level': '22',
        'retention.bytes': '20000000',
        'segment.bytes': '10000000',
        'file.delete.delay.ms': '1000',
        'min.insync.replicas': '1',
      };
      await createAt(kafka, BUSY, 1, { partitions: 4, settings });
      // A broker handles one request of a connection at a time, so each keeps one of its threads busy.
      const producers = Array.from({ length: HANDLERS }, () => flood(kafka, BUSY));
      return async () => {
        for (const producer of producers) producer.kill('SIGKILL');
        setRate(5);
        await deleteTopic(kafka, BUSY);
      };
    },
  },
];
