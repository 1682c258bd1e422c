/** The dashboards: each panel answers the question that is its title. */

export type Unit = 'reqps' | 's' | 'short' | 'percentunit' | 'bytes' | 'ops' | 'dateTimeAsIso';

export interface Panel {
  /** A question. */
  readonly title: string;
  readonly unit: Unit;
  /** Expressions with the names of their series. */
  readonly queries: ReadonlyArray<readonly [expression: string, legend: string]>;
  /** One value now, in place of a curve. */
  readonly isNow?: true;
  /** Beyond this it is red. */
  readonly limit?: number;
}

export interface Dashboard {
  /** Names its file and its address. */
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const rate = (metric: string, by = '') => `sum${by && ` by (${by})`} (rate(${metric}[1m]))`;
const quantile = (q: number, metric: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket[5m])))`;
const mean = (metric: string) => `${rate(`${metric}_sum`)} / ${rate(`${metric}_count`)}`;
/** Every engine measures all groups. */
const lag = (metric: string) => `max by (group, topic) (${metric})`;

export const DASHBOARDS: readonly Dashboard[] = [
  {
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
          [
            `${rate('saga_finished_total{outcome="completed"}')} / ${rate('saga_finished_total')}`,
            'completed',
          ],
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
  },
  {
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
  },
  {
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
  },
  {
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
  },
  {
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
  },
  {
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
  },
  {
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
  },
];
