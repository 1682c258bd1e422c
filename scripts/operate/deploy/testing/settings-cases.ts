/** Settings and secrets. */
import type { Overlay } from '../build-overlay.ts';
import { checkSecrets } from '../checks/security.ts';
import { checkExceptions, checkForgotten, checkSettings } from '../checks/settings.ts';
import { BY_OPERATORS, BY_PEOPLE, randomSecrets } from '../secrets.ts';
import { type Case, container, setting } from './case.ts';

const documented = (overlay: Overlay) => [
  ...BY_OPERATORS,
  ...Object.keys(BY_PEOPLE[overlay]),
  ...randomSecrets(overlay).keys(),
];

export const SETTINGS_CASES: readonly Case[] = [
  {
    name: 'every process accepts its settings, as production does, and reads each of them',
    check: checkSettings,
    damages: [
      ['Deployment engine', (one) => setting(one, 'DATABASE_URL', ''), /engine: configuration: DATABASE_URL/],
      [
        'Deployment engine',
        (one) => container(one).env.push({ name: 'DATABSE_POOL', value: '6' }),
        /engine reads no DATABSE_POOL/,
      ],
      ['ConfigMap settings-payment', (one) => (one.data.GATEWAY = 'none'), /GATEWAY is none/],
      [
        'ConfigMap settings-engine',
        (one) => (one.data.KAFKA_SECURITY_PROTOCOL = 'PLAINTEXT'),
        /KAFKA_BROKERS is used without TLS/,
      ],
      [
        'ConfigMap settings-coupons',
        (one) => (one.data.REDIS_URL = 'redis://redis:6379'),
        /coupons: .*REDIS_/,
      ],
    ],
  },
  {
    name: 'every setting of the code is set or left out on purpose',
    check: checkForgotten,
    only: 'production',
    damages: [
      ['ConfigMap settings-api', (one) => delete one.data.ORDER_ORIGINS, /setting ORDER_ORIGINS is missing/],
      ['ConfigMap settings-engine', (one) => (one.data.NEW_SETTING = '1'), /setting NEW_SETTING is unknown/],
    ],
  },
  {
    name: 'a shop has no exceptions of production',
    check: checkExceptions,
    only: 'production',
    damages: [
      [
        'ConfigMap settings-payment',
        (one) => (one.data.PRODUCTION_EXCEPTIONS = 'gateway-none'),
        /gateway-none/,
      ],
    ],
  },
  {
    name: 'every secret is named only, and is on the list',
    check: (objects, overlay) => checkSecrets(objects, documented(overlay)),
    damages: [
      ['ConfigMap settings-engine', (one) => (one.kind = 'Secret'), /is in the repository/],
      [
        'Deployment engine',
        (one) => (one.spec.template.spec.volumes[0].secret.secretName = 'other'),
        /secret other is not documented/,
      ],
      [
        'StatefulSet redis',
        (one) => (one.spec.template.spec.volumes = []),
        /secret redis-users is used by nothing/,
      ],
    ],
  },
];
