/** The dashboard “Coupons”. */
import type { Dashboard } from '../dashboard.ts';
import { quantile, rate } from '../expressions.ts';

export const COUPONS: Dashboard = {
  uid: 'coupons',
  title: 'Coupons',
  panels: [
    {
      title: 'How many requests come, and what are they answered at once?',
      unit: 'reqps',
      queries: [[rate('coupon_requests_total', 'outcome'), '{{outcome}}']],
    },
    {
      title: 'What is decided?',
      unit: 'reqps',
      queries: [[rate('coupon_claims_total', 'result'), '{{result}}']],
    },
    {
      title: 'How long do requests wait for their decision?',
      unit: 's',
      limit: 1,
      queries: [
        [quantile(0.5, 'coupon_decision_age_seconds'), 'half within'],
        [quantile(0.99, 'coupon_decision_age_seconds'), '99 % within'],
      ],
    },
    {
      title: 'How far is first come, first served off between issuers?',
      unit: 's',
      limit: 0.25,
      queries: [[quantile(0.99, 'coupon_order_error_seconds'), '99 % within']],
    },
    {
      title: 'Is the queue of the API full?',
      unit: 'short',
      queries: [['sum(coupon_request_queue_length)', 'requests']],
    },
    {
      title: 'Were requests lost?',
      unit: 'short',
      isNow: true,
      limit: 1,
      queries: [
        ['sum(increase(coupon_requests_lost_total[1h]))', 'requests in the last hour'],
        ['sum(increase(coupon_logs_replaced_total[1h]))', 'logs replaced'],
      ],
    },
    {
      title: 'How many sockets are open, and how many were cut?',
      unit: 'short',
      queries: [
        ['sum(websocket_connections)', 'open'],
        ['sum by (reason) (increase(websocket_cut_total[5m]))', 'cut: {{reason}}'],
        ['sum by (reason) (increase(websocket_refused_total[5m]))', 'refused: {{reason}}'],
      ],
    },
    {
      title: 'How many results reach a customer?',
      unit: 'ops',
      queries: [[rate('coupon_results_delivered_total'), 'delivered']],
    },
    {
      title: 'Does Redis miss what PostgreSQL has?',
      unit: 'ops',
      limit: 1,
      queries: [[rate('coupon_cache_unwritten_total'), 'batches not written']],
    },
  ],
};
