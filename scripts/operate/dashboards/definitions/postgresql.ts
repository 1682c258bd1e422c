/** The dashboard “PostgreSQL and Redis”. */
import type { Dashboard } from '../dashboard.ts';
import { quantile } from '../expressions.ts';

export const POSTGRESQL: Dashboard = {
  uid: 'postgresql',
  title: 'PostgreSQL and Redis',
  panels: [
    {
      title: 'Do the databases answer?',
      unit: 'short',
      isNow: true,
      queries: [
        ['min(pg_up)', 'PostgreSQL'],
        ['min(redis_up)', 'Redis'],
      ],
    },
    {
      title: 'How many connections are taken?',
      unit: 'percentunit',
      limit: 0.8,
      queries: [
        ['sum(pg_stat_activity_count) / max(pg_settings_max_connections)', 'of all that PostgreSQL has'],
      ],
    },
    {
      title: 'Do processes wait for a connection?',
      unit: 'short',
      limit: 1,
      queries: [
        ['sum by (job) (database_connections_waiting)', '{{job}} waits'],
        ['sum by (job) (database_connections{state="used"})', '{{job}} uses'],
      ],
    },
    {
      title: 'How many transactions a second?',
      unit: 'ops',
      queries: [
        ['sum(rate(pg_stat_database_xact_commit[1m]))', 'committed'],
        ['sum(rate(pg_stat_database_xact_rollback[1m]))', 'rolled back'],
      ],
    },
    {
      title: 'How long does a batch’s transaction take?',
      unit: 's',
      limit: 1,
      queries: [[quantile(0.95, 'batch_transaction_seconds', 'job'), '{{job}}']],
    },
    {
      title: 'How large are the databases?',
      unit: 'bytes',
      queries: [['pg_database_size_bytes{datname!~"template.*|postgres"}', '{{datname}}']],
    },
    {
      title: 'Until when do the tables have partitions?',
      unit: 's',
      isNow: true,
      queries: [['min by (table) (table_partition_end_timestamp_seconds) - time()', '{{table}}']],
    },
    {
      title: 'How much memory does Redis hold?',
      unit: 'bytes',
      queries: [['redis_memory_used_bytes', 'used']],
    },
  ],
};
