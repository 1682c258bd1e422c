/** Who may speak to whom. */
import { checkConnections, checkDenial, checkIngress, checkServed } from '../checks/network.ts';
import type { Case } from './case.ts';

export const NETWORK_CASES: readonly Case[] = [
  {
    name: 'nothing passes that no policy names',
    check: checkDenial,
    damages: [
      ['NetworkPolicy nothing', 'remove', /no policy forbids/],
      ['NetworkPolicy metrics', (one) => delete one.spec.ingress[0].ports, /metrics opens every port/],
    ],
  },
  {
    name: 'every process may connect to the servers that its rights name, and to no other',
    check: checkConnections,
    damages: [
      [
        'Deployment engine',
        (one) => delete one.spec.template.metadata.labels['connects-to-kafka'],
        /engine to kafka is missing/,
      ],
      [
        'Deployment auditor',
        (one) => (one.spec.template.metadata.labels['connects-to-redis'] = 'true'),
        /auditor to redis is unknown/,
      ],
    ],
  },
  {
    name: 'every policy opens a port that is there, and every Service can be called',
    check: (objects) => [...checkIngress(objects), ...checkServed(objects)],
    damages: [
      [
        'NetworkPolicy ingress-to-payment',
        (one) => (one.spec.ingress[0].ports[0].port = 'webhook'),
        /opens webhook, which no pod has/,
      ],
      ['NetworkPolicy ingress-to-coupons', 'remove', /reach http of coupons/],
    ],
  },
];
