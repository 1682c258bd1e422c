/** The dashboard “For the operator on duty”. */
import type { Dashboard } from '../dashboard.ts';

export const OPERATORS: Dashboard = {
  uid: 'operators',
  title: 'For the operator on duty',
  panels: [
    {
      title: 'Which orders are stuck, and where?',
      unit: 'short',
      limit: 1,
      queries: [['max by (state) (saga_stuck) > 0', '{{state}}']],
    },
    {
      title: 'Which undos failed?',
      unit: 'short',
      limit: 1,
      queries: [['sum by (type) (increase(saga_compensation_failures_total[1h]))', '{{type}}']],
    },
    {
      title: 'Which failed orders still have something to undo?',
      unit: 'short',
      limit: 1,
      queries: [['max by (state) (saga_compensation_failures_open) > 0', '{{state}}']],
    },
    {
      title: 'Where do orders stand longer than usual, without an error?',
      unit: 'short',
      limit: 1,
      queries: [['max by (state) (saga_stalled) > 0', '{{state}}']],
    },
    {
      title: 'What is parked, and why?',
      unit: 'short',
      limit: 1,
      queries: [['sum by (topic, reason) (increase(dead_letters_total[1h]))', '{{topic}}: {{reason}}']],
    },
    {
      title: 'Is a dead letter missing in the list?',
      unit: 'short',
      isNow: true,
      limit: 1,
      queries: [['sum(increase(dead_letters_uncopied_total[1h]))', 'not copied']],
    },
    {
      title: 'What does the gateway tell that needs a person?',
      unit: 'short',
      limit: 1,
      queries: [['sum by (code) (increase(payment_incidents_total[24h]))', '{{code}}']],
    },
    {
      title: 'Is an invariant of the ledger violated?',
      unit: 'short',
      limit: 1,
      queries: [['max by (invariant) (ledger_violations)', '{{invariant}}']],
    },
    {
      title: 'How long ago was every order last checked?',
      unit: 's',
      isNow: true,
      queries: [['max(ledger_oldest_slice_seconds)', 'at the most']],
    },
    {
      title: 'Which processes are down?',
      unit: 'short',
      isNow: true,
      queries: [['count by (job) (up == 0)', '{{job}}']],
    },
    {
      title: 'Which alerts are on?',
      unit: 'short',
      isNow: true,
      queries: [
        ['count by (alertname, severity) (ALERTS{alertstate="firing"})', '{{severity}}: {{alertname}}'],
      ],
    },
    {
      title: 'How fast is each promise’s error budget used up?',
      unit: 'short',
      limit: 14.4,
      queries: [['slo:budget_burn:rate1h', '{{slo}}']],
    },
  ],
};
