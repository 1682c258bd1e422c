/** Topics, rights and brokers. */
import { checkBrokers, checkRights, checkTopics } from '../checks/kafka.ts';
import type { Case } from './case.ts';

export const KAFKA_CASES: readonly Case[] = [
  {
    name: 'every topic is there with its settings, and no other is',
    check: checkTopics,
    damages: [
      ['KafkaTopic clock', 'remove', /topic .*clock.* is missing/],
      ['KafkaTopic clock', 'copy', /copy.* is unknown/],
      [
        'KafkaTopic dead-letters',
        (one) => (one.spec.config['max.message.bytes'] = '1048576'),
        /dead-letters.* is unknown/,
      ],
    ],
  },
  {
    name: 'every principal has its rights, and no others',
    check: checkRights,
    damages: [
      ['KafkaUser payment', 'remove', /payment Write topic literal payment-completed is missing/],
      [
        'KafkaUser shipping',
        (one) => (one.spec.authorization.acls[0].operations = ['Read', 'Write']),
        /shipping Write .* is unknown/,
      ],
    ],
  },
  {
    name: 'brokers are set as those of compose',
    check: checkBrokers,
    damages: [
      [
        'Kafka kafka',
        (one) => (one.spec.kafka.config['min.insync.replicas'] = 1),
        /min.insync.replicas=2 is missing/,
      ],
      [
        'Kafka kafka',
        (one) => (one.spec.kafka.config['log.retention.hours'] = 1),
        /log.retention.hours=1 is unknown/,
      ],
    ],
  },
];
