/** Causes that need a person: the saga's incident, or a message of it that was parked. */
import type { Incident } from '../saga.ts';
import { UNKNOWN_VERSION } from '../step-batch.ts';
import type { Cause, CauseCode, NextStep } from './cause.ts';
import type { Observations } from './observations.ts';
import { counted, quoted, span } from './phrases.ts';

/** Incidents whose texts say what the sentence says already. */
const SAID: ReadonlySet<CauseCode> = new Set(['undo-refused', 'version-unknown']);

/** Null: it has no incident. */
export function incidentCause(seen: Observations): Cause | null {
  const { row, nowMs, alike } = seen;
  const { stuck } = row;
  if (stuck === null) return null;
  const code = kindOf(seen, stuck);
  const short = (text: string) => quoted(text.replaceAll(`${row.id}/`, ''));
  const others =
    alike === 0 ? [] : [`${counted(alike, 'other')} ${alike === 1 ? 'has' : 'have'} the same incident`];
  const evidence = {
    incident: stuck.code,
    since: stuck.since,
    text: stuck.text ?? null,
    about: stuck.about ?? null,
    participant: stuck.participant ?? null,
    fingerprint: stuck.fingerprint ?? null,
    alike,
  };
  return {
    code,
    clauses: [
      `needs a person for ${span(nowMs - Date.parse(stuck.since))}: ${leadOf(code, seen)}`,
      ...(stuck.text === undefined || stuck.text === '' || SAID.has(code) ? [] : [short(stuck.text)]),
      ...others,
    ],
    evidence,
    nextSteps: [...stepsOf(code, seen), ...groupStep(stuck, alike)],
    halts: true,
  };
}

function kindOf({ row }: Observations, { code, about, participant }: Incident): CauseCode {
  if (about !== undefined) return 'participant-incident';
  if (code === UNKNOWN_VERSION) return 'version-unknown';
  if (code === 'undo-refused' || code === 'undo-needs-evidence' || code === 'late-success') return code;
  if (code === 'parked') return participant === 'orchestrator' ? 'message-parked' : 'command-parked';
  if (code.endsWith('-unanswered')) return row.status === 'running' ? 'step-unanswered' : 'undo-unanswered';
  return 'other-incident';
}

function leadOf(code: CauseCode, { row, definition }: Observations): string {
  const { participant = 'a participant', about = '', code: incident } = row.stuck ?? { code: '' };
  const [awaited] = Object.values(row.pending.awaiting);
  const [refused] = Object.values(row.pending.refusedUndos);
  const command = about.replace(`${row.id}/`, '');
  switch (code) {
    case 'step-unanswered':
      return `${awaited?.type ?? row.state} was not answered in time, and may or may not have been done`;
    case 'undo-unanswered':
      return `${awaited?.type ?? row.state} was not answered in time, so what it undoes may still stand`;
    case 'undo-refused':
      return `${refused?.type ?? row.state} was refused, so what it undoes still stands`;
    case 'undo-needs-evidence':
      return `${refused?.type ?? row.state} concerns a step that a person skipped, and counts as done on evidence alone`;
    case 'late-success':
      return 'a command that was given up succeeded after all, and its undo is not answered yet';
    case 'command-parked':
      return `${participant} could not handle its command and parked it`;
    case 'message-parked':
      return 'an engine could not handle a message of it and parked it';
    case 'participant-incident':
      return `${participant} reports ${incident} about ${command}`;
    case 'version-unknown':
      return `no engine runs version ${row.definitionVersion} of ${row.definition}`;
    default:
      return `${incident}${definition === null ? '' : ` in ${row.state}`}`;
  }
}

function stepsOf(code: CauseCode, { row, letters }: Observations): NextStep[] {
  const { id } = row;
  const retry = { text: 'send the command again', command: `saga retry ${id} --reason …` };
  const skip = {
    text: 'count the step as done, on evidence',
    command: `saga skip ${id} --evidence … --reason …`,
  };
  const [letter] = letters;
  const at = letter === undefined ? [] : [letterStep(letter.letterId)];
  switch (code) {
    case 'step-unanswered':
      return [retry, skip, { text: 'take the saga back', command: `saga compensate ${id} --reason …` }];
    case 'undo-unanswered':
    case 'undo-refused':
      return [retry, skip];
    case 'undo-needs-evidence':
    case 'participant-incident':
      return [skip];
    case 'late-success':
      return [retry];
    case 'command-parked':
    case 'message-parked':
      return [...at, retry];
    case 'version-unknown':
      return versionSteps(id);
    default:
      return [retry];
  }
}

function letterStep(letterId: string): NextStep {
  return {
    text: 'see the parked message; correct it or send it again',
    command: `saga dead-letter get ${letterId}`,
  };
}

export function versionSteps(id: string): NextStep[] {
  return [
    { text: 'see which versions live engines run', command: 'saga definitions list' },
    {
      text: 'start an engine of a build that has it, or move the saga',
      command: `saga migrate ${id} --to-version … --reason …`,
    },
  ];
}

function groupStep({ fingerprint }: Incident, alike: number): NextStep[] {
  if (fingerprint === undefined || alike === 0) return [];
  return [{ text: 'list those that failed alike', command: `saga list --fingerprint ${fingerprint}` }];
}

/** A message of it was parked since it came to its state, and nobody raised an incident. Null: none. */
export function letterCause({ row, letters, nowMs }: Observations): Cause | null {
  const letter = letters.find(({ parkedAt }) => row.version === 0 || parkedAt >= row.stateSince);
  if (letter === undefined) return null;
  const { letterId, topic, reason, text, parkedBy, parkedAt } = letter;
  return {
    code: 'dead-letter',
    clauses: [
      `waits in ${row.state}: ${parkedBy} parked a message of it ${span(nowMs - parkedAt.getTime())} ago, read from ${topic}`,
      `${reason}: ${quoted(text)}`,
    ],
    evidence: { letterId, topic, reason, text, parkedBy, parkedAt: parkedAt.toISOString() },
    nextSteps: [
      letterStep(letterId),
      { text: 'send it again', command: `saga dead-letter send ${letterId} --reason …` },
    ],
    halts: true,
  };
}
