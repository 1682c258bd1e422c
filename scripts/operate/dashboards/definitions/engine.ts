/** The dashboard “Engine”. */
import type { Dashboard } from '../dashboard.ts';
import { mean, quantile, rate } from '../expressions.ts';

export const ENGINE: Dashboard = {
  uid: 'engine',
  title: 'Engine',
  panels: [
    {
      title: 'In which states are orders?',
      unit: 'short',
      queries: [['max by (state) (saga_active)', '{{state}}']],
    },
    {
      title: 'Which step takes how long?',
      unit: 's',
      queries: [[quantile(0.95, 'saga_step_duration_seconds', 'step'), '{{step}}']],
    },
    {
      title: 'How do steps end?',
      unit: 'ops',
      queries: [[rate('saga_step_duration_seconds_count', 'outcome'), '{{outcome}}']],
    },
    {
      title: 'What is sent again?',
      unit: 'ops',
      queries: [[rate('saga_resends_total', 'type'), '{{type}}']],
    },
    {
      title: 'What matches nothing that a saga awaits?',
      unit: 'ops',
      queries: [[rate('saga_unmatched_total', 'type, reason'), '{{type}}: {{reason}}']],
    },
    {
      title: 'Do two engines move the same saga?',
      unit: 'ops',
      queries: [[rate('saga_fence_refusals_total'), 'refused moves']],
    },
    {
      title: 'What can the sweeper not check?',
      unit: 'ops',
      limit: 0.1,
      queries: [[rate('saga_check_failures_total', 'reason'), '{{reason}}']],
    },
    {
      title: 'How large are the batches?',
      unit: 'short',
      queries: [
        [mean('batch_size'), 'records a batch'],
        [quantile(0.95, 'batch_size', 'job'), '{{job}}: 95 % at most'],
      ],
    },
    {
      title: 'Where does a batch spend its time?',
      unit: 's',
      queries: [
        [quantile(0.95, 'batch_transaction_seconds', 'job'), '{{job}} transaction'],
        [quantile(0.95, 'batch_publish_seconds', 'job'), '{{job}} publish'],
      ],
    },
    {
      title: 'Which versions start and run sagas?',
      unit: 'short',
      isNow: true,
      queries: [
        ['max by (definition) (saga_definition_active_version)', '{{definition}} starts as version'],
        [
          'count by (definition, version) (saga_definition_known == 1)',
          'engines that know {{definition}} v{{version}}',
        ],
      ],
    },
    {
      title: 'Is the event loop of a process blocked?',
      unit: 's',
      limit: 0.2,
      queries: [['max by (job) (nodejs_eventloop_lag_p99_seconds)', '{{job}}']],
    },
    {
      title: 'How much CPU does each process take?',
      unit: 'percentunit',
      queries: [['sum by (job) (rate(process_cpu_seconds_total[1m]))', '{{job}}']],
    },
    {
      title: 'How much memory does each process hold?',
      unit: 'bytes',
      queries: [['max by (job) (process_resident_memory_bytes)', '{{job}}']],
    },
  ],
};
