/**
 * Sends the requests of a run, receives their results, reads the CPU at both ends of its window, and waits for the
 * last.
 */
import { poll } from '#scripts/run/wait-until.ts';
import { type CpuReadings, readCpuAt } from '../cpu-cost.ts';
import { noteInto } from '../recorder.ts';
import { newRecord, type RunRecord, startClock } from '../run-record.ts';
import type { Schedule } from '../schedule.ts';
import { sendAll } from '../send-requests.ts';
import type { CouponsApi } from './coupons-client.ts';
import { type ResultLog, resultLog } from './result-log.ts';
import { openSubscribers } from './subscribers.ts';

/** How long the last results may take. */
const RESULTS_WITHIN_MS = 30_000;
/** A result results twice would come soon after the first. */
const REPEATS_WITHIN_MS = 500;
const CHECK_EVERY_MS = 50;

/** The requests of a run. */
export interface Plan {
  readonly schedule: Schedule;
  readonly campaignOf: (request: number) => string;
  readonly userOf: (request: number) => string;
  /** All users. */
  readonly users: readonly string[];
  /** Each user's own token; without it one backend sends for all users. */
  readonly tokenOf?: (request: number) => string;
}

/** The observations of a run. */
export interface Measured {
  readonly record: RunRecord;
  readonly results: ResultLog;
  readonly cpu: CpuReadings;
  /** Why a WebSocket closed meanwhile; null: none did. */
  readonly broken: string | null;
}

/**
 * Runs the plan.
 * @param pids whose CPU is read, by name
 * @throws when the API leaves too many requests unanswered, or refuses a WebSocket
 */
export async function measure(
  api: CouponsApi,
  { schedule, campaignOf, userOf, users, tokenOf }: Plan,
  { sockets, connections }: { readonly sockets: number; readonly connections: number },
  pids: Readonly<Record<string, number>>,
  onStart: () => void,
): Promise<Measured> {
  const record = newRecord(schedule.total);
  const results = resultLog();
  let onResult = (_: string) => {};
  const subscribers = await openSubscribers(api, users, sockets, (text) => {
    for (const { requestId } of results.add(text)) onResult(requestId);
  });
  try {
    onStart();
    const clock = startClock();
    const noting = noteInto(record, clock);
    onResult = noting.ended;
    const readings = readCpuAt(schedule, clock, pids);
    await sendAll({
      apiUrl: api.couponsUrl,
      ...(tokenOf === undefined
        ? { token: api.token }
        : { headOf: (request: number) => `authorization: Bearer ${tokenOf(request)}\r\n` }),
      plan: schedule,
      record,
      clock,
      connections,
      pathOf: (request) => `/v1/campaigns/${campaignOf(request)}/requests`,
      bodyOf: (request) => `{"userId":"${userOf(request)}"}`,
      onAccepted: (request, body) =>
        noting.accepted(request, (JSON.parse(body) as { requestId: string }).requestId),
    });
    const cpu = await readings;
    await poll(() => isAnswered(record) || subscribers.broken !== null, RESULTS_WITHIN_MS, CHECK_EVERY_MS);
    await poll(() => results.repeats > 0, REPEATS_WITHIN_MS, CHECK_EVERY_MS);
    return { record, results, cpu, broken: subscribers.broken };
  } finally {
    subscribers.close();
  }
}

function isAnswered({ ids, endedAt }: RunRecord): boolean {
  return endedAt.every((at, request) => ids[request] === undefined || !Number.isNaN(at));
}
