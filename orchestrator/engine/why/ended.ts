/** Why a saga has ended as it has. */
import type { SagaRow } from '../saga.ts';
import type { Cause, CauseCode } from './cause.ts';
import type { Observations } from './observations.ts';
import { clock, quoted, span } from './phrases.ts';

/** The reasons that a saga's own definition writes into `context.failure`, as far as they name no reply. */
const BY_PEOPLE: Readonly<Record<string, CauseCode>> = {
  cancelled: 'cancelled',
  compensated: 'compensated',
};
const TIMED_OUT = /^(.+)\.timed-out$/;

/** Null: it has not ended. */
export function endedCause({ row, nowMs }: Observations): Cause | null {
  const { endedAt, status } = row;
  if (endedAt === null) return null;
  const at = clock(endedAt.getTime(), nowMs);
  const took = span(endedAt.getTime() - row.createdAt.getTime());
  const evidence = { endedAt: endedAt.toISOString(), tookMs: endedAt.getTime() - row.createdAt.getTime() };
  if (row.stuck !== null || Object.keys(row.pending.awaiting).length > 0) return stillOpen(row, at, evidence);
  const ended = { evidence, nextSteps: [], halts: false };
  if (status === 'completed')
    return { ...ended, code: 'completed', clauses: [`completed at ${at}, ${took} after it was accepted`] };
  const { code, clause, more } = failureOf(row);
  const undone = `everything was undone by ${at}, ${took} after it was accepted`;
  return { ...ended, code, clauses: [clause, undone], evidence: { ...evidence, ...more } };
}

function stillOpen(row: SagaRow, at: string, evidence: Cause['evidence']): Cause {
  const [commandId] = Object.keys(row.pending.awaiting);
  const open = commandId === undefined ? '' : `the answer to ${commandId} is still to come`;
  const { stuck } = row;
  const incident = stuck === null ? '' : `it has the incident ${stuck.code}: ${quoted(stuck.text ?? '')}`;
  const resolve = {
    text: 'see what the incident is about, then vouch that nothing is left to do',
    command: `saga resolve ${row.id} --reason …`,
  };
  const retry = { text: 'send the undo again', command: `saga retry ${row.id} --reason …` };
  return {
    code: 'ended-with-incident',
    clauses: [`${row.status} at ${at}, and something is open`, incident, open].filter(Boolean),
    evidence: {
      ...evidence,
      incident: stuck?.code ?? null,
      incidentSince: stuck?.since ?? null,
      awaited: commandId ?? null,
    },
    nextSteps: commandId === undefined ? [resolve] : [retry],
    halts: commandId === undefined,
  };
}

/** What a failed saga's context says: the reply that refused, the step that was not answered in time, or a person. */
function failureOf({ context }: Pick<SagaRow, 'context'>) {
  const {
    reason = '',
    code,
    text,
  } = (context['failure'] ?? {}) as Record<'reason' | 'code' | 'text', string>;
  const more = { reason, ...(code !== undefined && { failureCode: code }), ...(text && { text }) };
  const why = text === undefined || text === '' ? '' : `: ${quoted(text)}`;
  const person = BY_PEOPLE[reason];
  if (person !== undefined)
    return {
      code: person,
      more,
      clause: `failed: ${person === 'cancelled' ? 'cancelled' : 'taken back by a person'}${why}`,
    };
  const [, step] = TIMED_OUT.exec(reason) ?? [];
  if (step !== undefined)
    return { code: 'timed-out' as const, more, clause: `failed: the step ${step} was not answered in time` };
  const [participant] = reason.split('.');
  const refusal = code === undefined ? reason : `${reason} (${code})`;
  return { code: 'refused' as const, more, clause: `failed: ${participant} answered ${refusal}${why}` };
}
