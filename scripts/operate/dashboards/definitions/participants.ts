/** The dashboard “Participants”. */
import type { Dashboard } from '../dashboard.ts';
import { quantile, rate } from '../expressions.ts';

export const PARTICIPANTS: Dashboard = {
  uid: 'participants',
  title: 'Participants',
  panels: [
    {
      title: 'How many messages does each process handle?',
      unit: 'ops',
      queries: [['sum by (job, topic) (rate(messages_handled_total[1m]))', '{{job}} {{topic}}']],
    },
    {
      title: 'How fast does the payment gateway answer?',
      unit: 's',
      limit: 5,
      queries: [[quantile(0.95, 'payment_gateway_call_seconds', 'call'), '{{call}}']],
    },
    {
      title: 'Which share of the gateway’s answers are outages?',
      unit: 'percentunit',
      limit: 0.1,
      queries: [
        [
          'sum by (outcome) (rate(payment_gateway_call_seconds_count{outcome!~"ok|refused"}[5m])) / scalar(sum(rate(payment_gateway_call_seconds_count[5m])))',
          '{{outcome}}',
        ],
      ],
    },
    {
      title: 'Which pace does the gateway’s account allow?',
      unit: 'ops',
      queries: [
        ['max(payment_gateway_calls_per_second)', 'calls a second; 0: no limit'],
        ['sum(payment_gateway_calls_waiting)', 'calls that wait'],
      ],
    },
    {
      title: 'Do charges wait for their first attempt?',
      unit: 'short',
      limit: 900,
      queries: [['max(payment_untried_intents)', 'intents']],
    },
    {
      title: 'Do the gateway’s lists and our ledger differ?',
      unit: 'short',
      limit: 1,
      queries: [
        ['sum(increase(payment_reconciliation_differences_total[1h]))', 'differences in the last hour'],
        ['sum by (code) (increase(payment_incidents_total[1h]))', 'incidents: {{code}}'],
      ],
    },
    {
      title: 'When were they last compared?',
      unit: 's',
      isNow: true,
      limit: 900,
      queries: [['time() - max(payment_reconciled_timestamp_seconds > 0)', 'ago']],
    },
    {
      title: 'What becomes of webhooks?',
      unit: 'ops',
      queries: [[rate('payment_webhook_events_total', 'outcome'), '{{outcome}}']],
    },
    {
      title: 'Do mails go out?',
      unit: 'ops',
      queries: [[rate('notification_mails_total', 'state'), '{{state}}']],
    },
  ],
};
