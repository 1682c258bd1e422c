/** The dashboard “Kafka”. */
import type { Dashboard } from '../dashboard.ts';
import { lag, quantile, rate } from '../expressions.ts';

export const KAFKA: Dashboard = {
  uid: 'kafka',
  title: 'Kafka',
  panels: [
    {
      title: 'How many messages a second does each topic take?',
      unit: 'ops',
      queries: [['sum by (topic) (rate(kafka_messages_in_total[1m]))', '{{topic}}']],
    },
    {
      title: 'How many records does each group lag behind?',
      unit: 'short',
      limit: 1000,
      queries: [[lag('kafka_consumer_lag'), '{{group}} {{topic}}']],
    },
    {
      title: 'How long has the oldest unread record waited?',
      unit: 's',
      limit: 30,
      queries: [[lag('kafka_consumer_lag_seconds'), '{{group}} {{topic}}']],
    },
    {
      title: 'How are the partitions’ leaders spread?',
      unit: 'short',
      queries: [['kafka_leaders', '{{instance}}']],
    },
    {
      title: 'Is a partition without its replicas, or without a leader?',
      unit: 'short',
      limit: 1,
      queries: [
        ['sum(kafka_under_replicated_partitions)', 'under-replicated'],
        ['sum(kafka_under_min_isr_partitions)', 'take no records'],
        ['max(kafka_offline_partitions)', 'without a leader'],
      ],
    },
    {
      title: 'Do all brokers serve?',
      unit: 'short',
      isNow: true,
      queries: [
        ['max(kafka_active_brokers)', 'serve'],
        ['max(kafka_fenced_brokers)', 'fenced'],
        ['sum(kafka_active_controller)', 'active controllers'],
      ],
    },
    {
      title: 'How much CPU does each broker take?',
      unit: 'percentunit',
      limit: 0.7,
      queries: [['kafka_broker_cpu_ratio', '{{instance}}']],
    },
    {
      title: 'How much of its heap does each broker use?',
      unit: 'percentunit',
      limit: 0.9,
      queries: [['jvm_memory_used_bytes{area="heap"} / jvm_memory_max_bytes{area="heap"}', '{{instance}}']],
    },
    {
      title: 'How fast do the brokers acknowledge?',
      unit: 's',
      limit: 1,
      queries: [[quantile(0.95, 'kafka_producer_request_seconds', 'job'), '{{job}}']],
    },
    {
      title: 'What do producers send again, and why?',
      unit: 'ops',
      queries: [[rate('kafka_producer_retries_total', 'job, reason'), '{{job}}: {{reason}}']],
    },
    {
      title: 'How much waits in the producers?',
      unit: 'short',
      queries: [['sum by (job) (kafka_producer_queue_records)', '{{job}}']],
    },
    {
      title: 'Do clocks agree with the brokers’?',
      unit: 's',
      limit: 1,
      queries: [['max by (job) (abs(clock_difference_seconds))', '{{job}}']],
    },
  ],
};
