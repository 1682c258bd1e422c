/** The dashboard “Orders and coupons”. */
import type { Dashboard } from '../dashboard.ts';
import { lag, mean, quantile, rate } from '../expressions.ts';

export const OVERVIEW: Dashboard = {
  uid: 'overview',
  title: 'Orders and coupons',
  panels: [
    {
      title: 'How many orders are started and ended a second?',
      unit: 'reqps',
      queries: [
        [rate('saga_started_total'), 'started'],
        [rate('saga_finished_total', 'outcome'), '{{outcome}}'],
      ],
    },
    {
      title: 'Which share of the orders completes?',
      unit: 'percentunit',
      queries: [
        [`${rate('saga_finished_total{outcome="completed"}')} / ${rate('saga_finished_total')}`, 'completed'],
      ],
    },
    {
      title: 'How long does an order take?',
      unit: 's',
      limit: 30,
      queries: [
        [mean('saga_duration_seconds'), 'mean'],
        [quantile(0.5, 'saga_duration_seconds'), 'half within'],
        [quantile(0.99, 'saga_duration_seconds'), '99 % within'],
      ],
    },
    {
      title: 'Why do orders fail?',
      unit: 'reqps',
      queries: [[rate('saga_turned_back_total', 'cause'), '{{cause}}']],
    },
    {
      title: 'Does anything need a person now?',
      unit: 'short',
      isNow: true,
      limit: 1,
      queries: [
        ['sum(max by (state) (saga_stuck))', 'stuck'],
        ['sum(max by (state) (saga_stalled))', 'stalled'],
        ['max(saga_paused)', 'paused'],
      ],
    },
    {
      title: 'How old is the oldest order under way?',
      unit: 's',
      isNow: true,
      limit: 300,
      queries: [['max(saga_oldest_active_seconds)', 'oldest']],
    },
    {
      title: 'Which share of the coupon requests wins, and why do the others not?',
      unit: 'percentunit',
      queries: [
        [
          `sum by (result) (rate(coupon_claims_total[1m])) / scalar(${rate('coupon_claims_total')})`,
          '{{result}}',
        ],
      ],
    },
    {
      title: 'How soon is a coupon request decided?',
      unit: 's',
      limit: 1,
      queries: [
        [quantile(0.5, 'coupon_decision_age_seconds'), 'half within'],
        [quantile(0.99, 'coupon_decision_age_seconds'), '99 % within'],
      ],
    },
    {
      title: 'How fast do the APIs answer?',
      unit: 's',
      limit: 1,
      queries: [[quantile(0.95, 'http_request_duration_seconds', 'job, route'), '{{job}} {{route}}']],
    },
    {
      title: 'Which share of the answers blames us?',
      unit: 'percentunit',
      limit: 0.01,
      queries: [
        [
          '(sum by (job) (rate(http_request_duration_seconds_count{status=~"5.."}[5m])) or 0 * sum by (job) (rate(http_request_duration_seconds_count[5m]))) / sum by (job) (rate(http_request_duration_seconds_count[5m]))',
          '{{job}}',
        ],
      ],
    },
    {
      title: 'Does anybody lag behind?',
      unit: 'short',
      limit: 1000,
      queries: [[lag('kafka_consumer_lag'), '{{group}} {{topic}}']],
    },
    {
      title: 'How much of the machine is busy?',
      unit: 'percentunit',
      limit: 0.7,
      queries: [
        ['1 - avg(rate(node_cpu_seconds_total{mode="idle"}[1m]))', 'CPU'],
        ['1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes', 'memory'],
        [
          'max(1 - node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"} / node_filesystem_size_bytes)',
          'fullest disk',
        ],
      ],
    },
  ],
};
