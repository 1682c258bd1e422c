/** The order of a saga, and what became of its money, its stock, its coupon and its parcel. */
import { Text } from '@mantine/core';
import type { Saga } from '../../generated/api.ts';
import { Panel } from '../../parts/panel.tsx';
import type { Texts } from '../../texts/en.ts';
import { useTexts } from '../../texts/use-texts.ts';

type Outcome = keyof Texts['saga']['outcome'];

/** Which step gives each thing, and which takes it back. */
const FACETS = [
  {
    name: 'money',
    does: 'payment.charge',
    undoes: 'payment.refund',
    words: ['notCharged', 'charged', 'refunded'],
  },
  {
    name: 'stock',
    does: 'inventory.reserve',
    undoes: 'inventory.release',
    words: ['notReserved', 'reserved', 'released'],
  },
  {
    name: 'coupon',
    does: 'coupon.redeem',
    undoes: 'coupon.restore',
    words: ['none', 'redeemed', 'restored'],
  },
  {
    name: 'parcel',
    does: 'shipping.prepare',
    undoes: 'shipping.cancel',
    words: ['notPrepared', 'prepared', 'cancelled'],
  },
] as const satisfies ReadonlyArray<{ name: string; does: string; undoes: string; words: readonly Outcome[] }>;

export function OrderPanel({ saga }: { readonly saga: Saga }) {
  const { t, format } = useTexts();
  const { order } = saga;
  const items = listIn(order['items']);
  const [amount, currency, couponId] = [order['amount'], order['currency'], order['couponId']];
  const details: Readonly<Record<string, string>> = {
    money: typeof amount === 'number' && typeof currency === 'string' ? format.money(amount, currency) : '',
    stock: items.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', '),
    coupon: typeof couponId === 'string' ? couponId : '',
    parcel: String(fieldsIn(order['shippingAddress'])['country'] ?? ''),
  };
  const hasStep = (type: string) =>
    (saga.stepsDone ?? []).some((step) => step.type === type && step.succeeded);
  return (
    <Panel title={t.saga.order}>
      <table className="facets">
        <tbody>
          {FACETS.map(({ name, does, undoes, words }) => {
            const [not, done, undone] = words;
            const outcome = hasStep(undoes) && hasStep(does) ? undone : hasStep(does) ? done : not;
            // What its participant reported is in doubt until a person has dealt with the incident.
            const isOpen = saga.incident?.participant === does.split('.')[0];
            const state = isOpen ? 'open' : outcome === undone ? 'undone' : outcome === done ? 'done' : 'not';
            return (
              <tr key={name}>
                <th scope="row">{t.saga.facets[name]}</th>
                <td className="clip" title={details[name]}>
                  {details[name]}
                </td>
                <td className="outcome" data-outcome={state}>
                  {isOpen ? t.overviewScreen.attention : t.saga.outcome[outcome]}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <details className="more">
        <summary>{t.saga.technical}</summary>
        <pre className="json">{JSON.stringify({ order, context: saga.context }, null, 2)}</pre>
        <Text size="xs" c="dimmed" className="mono">
          {t.saga.trace} {saga.traceId}
        </Text>
      </details>
    </Panel>
  );
}

function listIn(value: unknown): Array<{ sku: string; quantity: number }> {
  return Array.isArray(value) ? (value as Array<{ sku: string; quantity: number }>) : [];
}

function fieldsIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
