/** The settings of every process, one file for what all have in common and one for each: the kustomization makes maps of them. */
import { databaseUrl, serverSettings } from './connections.ts';
import { PORTS } from './names.ts';
import { WORKLOADS } from './workloads.ts';

const COMMON: Readonly<Record<string, string>> = {
  HTTP_HOST: '0.0.0.0',
  HTTP_PORT: String(PORTS.http),
  METRICS_HOST: '0.0.0.0',
  METRICS_PORT: String(PORTS.metrics),
  LOG_LEVEL: 'info',
};

/** What a shop decides has no value here: an overlay must give it. */
const OWN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Pods of the ingress controller are in private networks, and nobody else reaches the port.
  api: { TRUSTED_PROXIES: 'uniquelocal', ORDER_ORIGINS: '' },
  coupons: { TRUSTED_PROXIES: 'uniquelocal', COUPON_ORIGINS: '' },
  payment: { GATEWAY: 'stripe', GATEWAY_WEBHOOK_PORT: String(PORTS.webhooks) },
  notification: { MAIL_FROM: 'orders@shop.invalid' },
  // The checks read a standby, and cost the primary nothing.
  auditor: { AUDITOR_DATABASE_URL: databaseUrl('auditor', 'ro') },
  retention: {
    RETENTION_ORDERS_MONTHS: '',
    RETENTION_MOVEMENTS_MONTHS: '',
    RETENTION_COUPONS_MONTHS: '',
    RETENTION_DEAD_LETTERS_MONTHS: '',
  },
};

const linesOf = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');

/** Files of settings, by the name of their process. */
export function settingsFiles(): Map<string, string> {
  const opening = '# Generated: npm run deploy -- --write\n';
  return new Map([
    ['common', opening + linesOf(COMMON)],
    ...WORKLOADS.map(
      ({ name }) => [name, opening + linesOf({ ...serverSettings(name), ...OWN[name] })] as const,
    ),
  ]);
}
