/** Every event that a log line may name, with what it means. A line has the name in `event` and the meaning in `message`. */
export const LOG_EVENTS = {
  'backlog-not-read': 'The accepted sagas that wait could not be counted.',
  'backlog-over': 'Engines start the accepted sagas again; new ones are accepted.',
  'backlog-too-old': 'Accepted sagas wait too long for an engine; new ones are answered 503.',
  'brakes-not-counted': 'The sagas that brakes hold could not be counted; their metrics stand still.',
  'brakes-not-read': 'The brakes could not be read; those that were read last count.',
  'batch-stopped':
    'A batch stopped itself, because too many of its sagas failed again; a person may resume it.',
  'batch-wave-failed': 'A wave of a batch failed; its targets are tried again by the next.',
  'batches-not-counted': 'The batches could not be counted; their metric stands still.',
  'cache-not-read': 'The cache in Redis could not be read; the issuer decides every request.',
  'cache-not-refreshed': 'The cache in Redis could not be refreshed; PostgreSQL decides meanwhile.',
  'cache-not-written': 'Issued coupons could not be written to Redis; the next write or refresh repairs it.',
  'clock-far-apart':
    "This machine's clock and the brokers' are far apart: deadlines and times are judged wrongly.",
  'clock-not-compared': "The clock could not be compared with the brokers'.",
  'connection-not-accepted': 'The server could not accept a connection: perhaps no file descriptor is left.',
  'coupon-log-replaced':
    'The log of coupon-request was recreated or cut short: the new one is read from its start, and requests that the old one left undecided are answered as lost.',
  'coupon-requests-lost':
    'Coupon requests were lost: they left the log, or could not be read, before an issuer decided them.',
  'coupon-requests-unacknowledged':
    'The brokers do not acknowledge coupon requests; they are answered as unknown.',
  'database-not-beaten':
    'The database could not be compared with the logs, or its age not be noted in Kafka; it is tried again.',
  'database-older-than-logs':
    'The database is older than the logs, as after a restore to an earlier time: this process waits until a person has run `npm run rewind`.',
  'database-rewound': 'The database is as old as the logs again; this process begins.',
  'database-went-back':
    'The database went back in time: reading starts at its checkpoints, under a new epoch of the cache.',
  'database-went-back-meanwhile':
    'The database was restored to an earlier time, or rewound, under this process, which ends and waits after its next start.',
  'dead-letters-recreated':
    'The topic of dead letters was deleted and created anew: its new log is copied from its start.',
  'dead-letter-uncopied': 'A dead letter cannot be copied into the table; it stays in the topic.',
  'endings-not-deleted':
    'Endings of tokens that have expired could not be deleted; they are in an hour, or with the next ending.',
  'engine-not-reported':
    'The engine could not report that it lives; without a report it counts as ended after half a minute.',
  'files-not-usable':
    'A replaced file cannot be used, as a certificate without its key; what was read before stays in use.',
  'files-read-again': 'Files that were replaced, such as a certificate, were read again.',
  'flows-not-observed': 'How far groups have read could not be observed; forecasts of sagas do without it.',
  'forwarded-header-ignored':
    'A forwarded address was ignored, for the peer is no trusted proxy: if it is yours, list it in TRUSTED_PROXIES, or all its customers share one rate limit.',
  'gateway-at-full-pace': 'Calls to the gateway, slow at first after its outage, are no longer held back.',
  'gateway-back': 'The gateway answers again: calls to it start slowly, and more each second that succeeds.',
  'gateway-hides-payment':
    'The gateway refuses to show a payment that its list names; a later comparison reads it again.',
  'gateway-limits-calls': 'The gateway refuses calls as too many; all processes slow down.',
  'gateway-out-of-service': 'The gateway is out of service: calls to it pause for some seconds.',
  'held-not-resumed': 'The sagas of a released brake could not be resumed; it is tried again.',
  'inputs-not-sent':
    'What was accepted could not be read to be sent to `saga-inputs` again; a rewind would lack it. It is tried again.',
  'intake-read-failed': 'Earlier orders of the same keys could not be read; they are answered as unknown.',
  'intake-write-failed': 'A group of new sagas could not be written; each is answered by what became of it.',
  'intents-not-woken': 'Intents could not be made due at once; they are at their time.',
  'issuer-away':
    "An OpenID Connect issuer's keys could not be read; the ones read before stay in use for an hour. It is tried again.",
  'issuer-keys-read': "An OpenID Connect issuer's keys were read, and are others than before.",
  'kafka-batch-rejected': 'A broker rejected a batch of records, which is sent again.',
  'kafka-brokers-away': 'No broker answers at KAFKA_BROKERS; it is tried again.',
  'kafka-commit-rejected':
    'The broker rejected an offset commit: records may be handled again, without another effect.',
  'kafka-consume-failed': 'Reading from Kafka failed, and is tried again.',
  'kafka-consumer-error':
    'The Kafka consumer reports an error; most are lost connections, which it opens again.',
  'kafka-producing-again': 'Producing failed as the field `what` says, and is tried again.',
  'kafka-tail-failed': 'The consumer of results failed, and is opened anew.',
  'kafka-tail-recreated':
    'A topic of results was recreated while it was read; its new log is read from the start.',
  'lag-not-measured': 'The lag of the consumer groups could not be measured.',
  'live-events-not-read':
    'The moves for live events could not be read; the next read begins at the same position.',
  'leases-not-renewed':
    'The leases of intents could not be renewed; another worker may take them over, without a second charge.',
  'ledger-differed':
    "The gateway's lists and payment's ledger differed; the payments were read again and written.",
  'ledger-check-failed': 'A check of the ledger failed, and is made again.',
  'ledger-violated':
    'An invariant of the ledger is violated: `GET /v1/ledger` of the auditor shows the rows.',
  'ledger-violated-often': 'More violations of the ledger were found than are logged one by one.',
  'mail-not-accepted': 'The mail server did not accept a mail; a deferred one is tried again.',
  'mail-retry-failed': 'The deferred mails could not be tried again; the next round does.',
  'month-dropped': 'Retention dropped a month, and has entered it into the audit.',
  'month-held': 'A month is older than configured and stays: the field `reason` says which rows keep it.',
  'money-incident': 'Payment has found money that needs an operator; its saga is stuck.',
  'order-not-judged': "No rule can read the rows of an order; the code is the database's.",
  'offset-of-another-log':
    'The committed offset is one of a topic that was deleted: the partition of its successor is read from the start.',
  'partition-paused':
    'Messages are not acknowledged: the partition whose records they follow from is read no further until they are.',
  'partitions-assigned': 'The consumer group has assigned this process its partitions.',
  'partitions-not-created':
    "Months' partitions could not be created, and are tried again: without next month's, rows cannot be written then.",
  'payment-attempt-defect': 'A defect failed an attempt at a charge, which is made again.',
  'payment-intent-failed': 'An intent could not be brought to its end; a worker retries it after its lease.',
  'payment-outcome-refused': 'The database refuses the outcome of an attempt; the intent stays open.',
  'process-closing': 'The process was signalled to end, and closes what it opened.',
  'process-closing-failed': 'A part could not be closed in order; the process ends all the same.',
  'process-closing-late':
    'A part could not be closed in time: the field `what` counts it, in the order of closing. The process ends all the same.',
  'process-defect': 'A defect in the code ends this process; it starts again.',
  'process-ends': 'This process ends, and starts again, because of what the field `what` names.',
  'process-not-started': 'The process ends, because it could not open what it needs: the error names it.',
  'process-ready': 'The process has started and serves.',
  'reconciliation-failed':
    "The comparison with the gateway's lists failed; the next one begins where the last complete one did.",
  'record-parked': 'A record that cannot be handled was parked as a dead letter, with its bytes.',
  'redis-away': 'Redis does not answer; the process goes on without it.',
  'redis-full': 'Redis is full and takes nothing new; the rows in PostgreSQL decide alone.',
  'request-defect': 'A defect in the code failed a request, which was answered 500.',
  'resend-not-recorded':
    'A dead letter was sent again, and that was not recorded: its list shows it as waiting.',
  retrying: 'The work in the field `what` failed for now, and is tried again until it succeeds.',
  'retention-failed': 'A round of retention failed; the next one takes it up where it stood.',
  'saga-check-failed': 'The sweeper could not check a saga; it comes back to it ever more rarely.',
  'saga-message-parked': 'A message of a saga cannot be handled: it is parked, and its saga is stuck.',
  'saga-stalled': 'A saga stays in its state longer than normal, without an error.',
  'saga-unknown': 'A message names a saga that does not exist.',
  'saga-version-unknown':
    'No live engine knows the version of a saga: start a build that does, or migrate it.',
  'sagas-not-counted': 'The sagas could not be counted for the gauges.',
  'sweep-failed': 'A round of the sweeper failed, and is made again.',
  'tickets-not-checked': 'Redis does not answer, so no WebSocket ticket can be checked.',
  'token-refused': 'A token of an OpenID Connect issuer was refused; the reason says which check failed.',
  'usual-not-measured':
    'How long sagas usually stay in a state could not be measured; the last measurements count.',
  'versions-not-read': 'The active versions could not be read; new sagas are answered 503.',
  'webhook-later': 'A webhook could not be handled yet, and was answered 503; the gateway sends it again.',
  'websocket-defect': 'A defect failed the opening of a WebSocket.',
} as const;

export type LogEvent = keyof typeof LOG_EVENTS;
