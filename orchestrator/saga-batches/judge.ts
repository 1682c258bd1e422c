/** Judges what became of a saga after a batch has acted on it. Pure. */
import type { ActionName } from '#engine/control.ts';
import { LATE_SUCCESS } from '#engine/step/incident.ts';
import { PLAN_CHANGED } from '#engine/step/plan-hash.ts';
import type { ActedSaga } from '#orchestrator/store/saga-batch-store.ts';
import { FAILED_AGAIN, type SagaOutcome } from './outcomes.ts';

/** Actions after which a saga need not end. */
const ENDLESS: readonly ActionName[] = ['pause', 'migrate'];
/** The incident of a step that was not answered in its time ends so. */
const UNANSWERED = '-unanswered';
/** The refusal of an action whose author saw an earlier revision begins so. */
const MOVED_ON = 'the saga moved on';
const DETAIL_MAX = 300;

export interface Verdict {
  readonly outcome: SagaOutcome;
  readonly detail: string | null;
  readonly fingerprint?: string;
}

export interface Patience {
  /** How long a saga is watched from the act on, ms. */
  readonly watchMs: number;
  /**
   * How long a failure that a participant reports may delay the saga after the action, ms. It tries again by itself, and a gateway
   * that has just come back refuses for some seconds more.
   */
  readonly delayMs: number;
  /**
   * How long a participant may be silent after the action, ms: longer, for what fails is reported, and after an outage what waited is
   * taken up slowly.
   */
  readonly silenceMs: number;
}

/**
 * The outcome that is final; null: the saga is watched on. After the action was applied, it has failed again when
 * - it has an incident that was raised since; one for silence counts after `silenceMs`, because the answer to the command that the
 *   action sent may still come and ends it, or
 * - a participant has reported a failure since (a notice), and after `delayMs` the saga still awaits the same command.
 *
 * A late success is no such incident: it closes itself. Nor is a command that its participant has acted on and that waits for a third
 * party (`pending`).
 * @param actedAtMs when the batch requested the action
 */
export function judge(
  action: ActionName,
  saga: ActedSaga,
  actedAtMs: number,
  { watchMs, ...patience }: Patience,
  nowMs: number,
): Verdict | null {
  if (saga.actionState === 'refused') return refusal(saga);
  const undecided = (why: string): Verdict | null =>
    nowMs - actedAtMs >= watchMs ? { outcome: 'undecided', detail: shortened(why) } : null;
  if (saga.appliedAt === null) return undecided('no engine has carried out the action');
  const again = failure(saga, saga.appliedAt.getTime(), patience, nowMs);
  if (again !== null) return again;
  if (ENDLESS.includes(action)) return { outcome: 'applied', detail: saga.actionDetail };
  const { endedAt, isAwaiting, status, reason, state } = saga;
  if (endedAt === null || isAwaiting) return undecided(`it is ${status}, in ${state}`);
  return status === 'completed'
    ? { outcome: 'completed', detail: null }
    : { outcome: 'compensated', detail: reason };
}

function refusal({ actionDetail, status, state, endedAt, isAwaiting }: ActedSaga): Verdict {
  const detail = actionDetail ?? '';
  const isMoved = detail === PLAN_CHANGED || detail.startsWith(MOVED_ON);
  if (!isMoved) return { outcome: 'refused', detail };
  const outcome = endedAt !== null && !isAwaiting ? 'ended-before' : 'plan-changed';
  return { outcome, detail: shortened(`${detail}; it is ${status}, in ${state}`) };
}

function failure(
  { stuck, lastFailure, awaitsLastFailed }: ActedSaga,
  appliedAtMs: number,
  { delayMs, silenceMs }: Omit<Patience, 'watchMs'>,
  nowMs: number,
): Verdict | null {
  if (stuck !== null && stuck.code !== LATE_SUCCESS && Date.parse(stuck.since) >= appliedAtMs) {
    const mayPass = stuck.code.endsWith(UNANSWERED) && nowMs - appliedAtMs < silenceMs;
    if (!mayPass) return failedWith(stuck);
  }
  if (lastFailure === null || !awaitsLastFailed) return null;
  const at = Date.parse(lastFailure.at);
  return at >= appliedAtMs && nowMs - at >= delayMs ? failedWith(lastFailure) : null;
}

function failedWith({
  code,
  text,
  fingerprint,
}: {
  code: string;
  text?: string;
  fingerprint?: string;
}): Verdict {
  const detail = shortened(text === undefined ? code : `${code}: ${text}`);
  return { outcome: FAILED_AGAIN, detail, fingerprint: fingerprint ?? code };
}

function shortened(text: string): string {
  return text.slice(0, DETAIL_MAX);
}
