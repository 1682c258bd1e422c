/** JSON logs. The allow-list of fields keeps cards, tokens and addresses out. */
import winston from 'winston';
import { LOG_EVENTS, type LogEvent } from './log-events.ts';
import { printableLines } from './printable.ts';

/** Fields a log line may carry; anything else is dropped. */
const ALLOWED = new Set(
  (
    'error code topic partition offset group sagaId orderId commandId actionId type state from to attempt count ms ' +
    'reason port url pid process version definition trace status method path role name batch assigned bytes kept ' +
    'sku quantity eventId table what paymentId payments topicId topicIdBefore decidedTo beganAt invariant'
  ).split(' '),
);

/** The symbol under which winston keeps a line's text. */
const LINE = Symbol.for('message');

/** JSON escapes C0 only: a C1 character or a turn of direction in a log line would still reach the terminal that shows it. */
const printableJson = winston.format((info) =>
  Object.assign(info, { [LINE]: printableLines(String(info[LINE])) }),
);

const THROTTLE_MS = 10_000;

/** Writes lines: each names an event of the closed list, and has its meaning as the message. */
export interface Logger {
  info(event: LogEvent, fields?: Record<string, unknown>): void;
  warn(event: LogEvent, fields?: Record<string, unknown>): void;
  error(event: LogEvent, fields?: Record<string, unknown>): void;
  /** Logs a warning at most once in ten seconds a key, with the number of suppressed ones. */
  throttled(key: string, event: LogEvent, fields?: Record<string, unknown>): void;
}

/** Makes a logger that writes one JSON object a line to stdout. */
export function createLogger(processName: string, level = 'info'): Logger {
  const logger = winston.createLogger({
    level,
    defaultMeta: { process: processName },
    format: winston.format.combine(winston.format.timestamp(), winston.format.json(), printableJson()),
    transports: [new winston.transports.Console()],
  });
  const held = new Map<string, { until: number; count: number }>();
  return {
    info: (event, fields) => void logger.info(LOG_EVENTS[event], about(event, fields)),
    warn: (event, fields) => void logger.warn(LOG_EVENTS[event], about(event, fields)),
    error: (event, fields) => void logger.error(LOG_EVENTS[event], about(event, fields)),
    throttled(key, event, fields) {
      const now = Date.now();
      const entry = held.get(key);
      if (entry !== undefined && now < entry.until) {
        entry.count += 1;
        return;
      }
      held.set(key, { until: now + THROTTLE_MS, count: 0 });
      logger.warn(LOG_EVENTS[event], {
        ...about(event, fields),
        ...(entry?.count ? { kept: entry.count } : {}),
      });
    },
  };
}

function about(event: LogEvent, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { event, ...Object.fromEntries(Object.entries(fields).filter(([name]) => ALLOWED.has(name))) };
}

/** Logs nothing, for tests; but why a process ends at once, which is the tests' own: none of them could say it any more. */
export const silent: Logger = {
  info() {},
  warn() {},
  error(event, fields) {
    if (event === 'process-ends') process.stderr.write(`${JSON.stringify(about(event, fields))}\n`);
  },
  throttled() {},
};
