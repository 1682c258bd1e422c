/** The guards of the engine and its sweeper. */
import type { Guard } from './guard.ts';

const CORRELATE = 'orchestrator/engine/step/correlate.ts';
const ENGINE_SQL = 'orchestrator/store/engine-store.ts';
const ENGINE_MEMORY = 'orchestrator/store/testing/memory-store.ts';
const REDELIVERY = 'orchestrator/engine/redelivery.ts';
const DECIDE_RECOVERY = 'orchestrator/engine/recovery/decide-recovery.ts';
const SWEEPER = 'orchestrator/engine/recovery/sweeper.ts';
const RESEND_POLICY = 'orchestrator/engine/recovery/resend-policy.ts';

const STEP_BATCH = 'orchestrator/engine/step-batch.ts';

const UNANSWERED = `{ kind: 'reply', commandId, awaited: { type: envelope.type.split('.')[0] === 'payment' ? 'payment.charge' : 'inventory.reserve', kind: 'forward', issuedAt: 0, version: 1 } }`;

export const ENGINE_GUARDS: readonly Guard[] = [
  {
    name: 'correlation',
    without: 'the engine accepts a reply that no command awaits',
    backend: 'memory',
    edits: [
      {
        file: CORRELATE,
        text: "if (givenUp === undefined) return none('not-awaited');",
        instead: `if (givenUp === undefined) return ${UNANSWERED};`,
      },
    ],
  },
  {
    name: 'start for an action',
    without: 'an action read before the start is set aside, and may come too late',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/engine/step/start-first.ts',
        text: 'if (row.version !== 0 || envelope.type !== ACTION) return null;',
        instead: 'if (row.version >= 0) return null;',
      },
    ],
  },
  {
    name: 'generation number',
    without: 'an old time-out fires after a person has restarted its clock',
    backend: 'memory',
    edits: [
      {
        file: CORRELATE,
        text: 'row.pending.timers[name]?.generation === generation',
        instead: 'row.pending.timers[name] !== undefined',
      },
    ],
  },
  {
    name: 'revision',
    without: 'an action applies to a saga that has changed since its author read it',
    backend: 'memory',
    edits: [{ file: CORRELATE, text: 'if (action.revision !== row.revision) {', instead: 'if (false) {' }],
  },
  {
    name: 'the plan is a contract',
    without: 'an action sends other messages than the plan that its author approved',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/engine/step/step.ts',
        text: 'if (action.planHash !== undefined && action.planHash !== plan)',
        instead: 'if (false)',
      },
    ],
  },
  {
    name: 'the brake',
    without: 'a command is sent while a person holds it',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/engine/step/transition-builder.ts',
        text: 'if (id === undefined || this.paused) return;',
        instead: 'if (id !== null) return;',
      },
    ],
  },
  {
    // Reached only where a participant loses a tombstone: one that keeps its tombstones never answers so.
    name: 'late success',
    without: 'an effect stays although its participant had reported it as not executed',
    backend: 'memory',
    edits: [
      {
        file: CORRELATE,
        text: "return givenUp.found === 'not-executed' ? { kind: 'late', commandId } : none('given-up');",
        instead: "return none('given-up');",
      },
    ],
  },
  {
    name: 'journal, before a step',
    without: 'the engine accepts a message twice while it still correlates',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/engine/step-batch.ts',
        text: 'taken.has(textOf(keyOf(incoming))) ||',
        instead: '',
      },
    ],
  },
  {
    name: 'version fence, memory',
    without: 'two engines move one row',
    backend: 'memory',
    edits: [
      { file: ENGINE_MEMORY, text: 'sagas.get(before.id)?.row.version === before.version', instead: 'true' },
    ],
  },
  {
    name: 'version fence, SQL',
    without: 'two engines move one row',
    backend: 'pglite',
    edits: [
      {
        file: ENGINE_SQL,
        text: ' AND s.version = v."fromVersion"',
        instead: '',
      },
    ],
  },
  {
    name: 'a cached row decides moves alone',
    without: 'an engine sets a message aside on a row that another engine has moved since',
    backend: 'memory',
    edits: [{ file: STEP_BATCH, text: 'filter((id) => cached.has(id))', instead: 'filter(() => false)' }],
  },
  {
    name: 'journal from RETURNING',
    without: 'the journal records a refused move',
    backend: 'pglite',
    edits: [{ file: ENGINE_SQL, text: 'WHERE (e."sagaId" IN (SELECT id FROM u)) IS TRUE', instead: '' }],
  },
  {
    name: 'the saga bears the hash of its newest entry',
    without: 'an entry is chained to none before it, and can be removed unseen',
    backend: 'memory',
    edits: [
      {
        file: STEP_BATCH,
        text: 'entry.hash === null ? result.row : { ...result.row, journalHash: entry.hash };',
        instead: 'result.row;',
      },
    ],
  },
  {
    name: 'due_at, memory',
    without: 'no sweeper checks a saga that has moved',
    backend: 'memory',
    edits: [
      {
        file: ENGINE_MEMORY,
        text: 'dueAt === null ? null : earlier(known.dueAt, dueAt)',
        instead: 'null as Date | null',
      },
    ],
  },
  {
    name: 'due_at, SQL',
    without: 'no sweeper checks a saga that has moved',
    backend: 'pglite',
    edits: [{ file: ENGINE_SQL, text: 'LEAST(s.due_at, v."dueAt")', instead: 'NULL::timestamptz' }],
  },
  {
    name: 'due_at is only lowered, memory',
    without: 'the engine delays a check that another writer had scheduled',
    backend: 'memory',
    edits: [
      {
        file: ENGINE_MEMORY,
        text: 'dueAt === null ? null : earlier(known.dueAt, dueAt)',
        instead: 'dueAt',
      },
    ],
  },
  {
    name: 'due_at is only lowered, SQL',
    without: 'the engine delays a check that another writer had scheduled',
    backend: 'pglite',
    edits: [{ file: ENGINE_SQL, text: 'LEAST(s.due_at, v."dueAt")', instead: 'v."dueAt"' }],
  },
  {
    name: 'published again on redelivery',
    without: 'a crash before the publish loses the messages',
    backend: 'memory',
    edits: [
      {
        file: REDELIVERY,
        text: '} else if (sameOrigin(entry.origin, origin)) {',
        instead: '} else if (false) {',
      },
    ],
  },
  {
    name: 'sweeper: resend',
    without: 'a lost command stays lost',
    backend: 'memory',
    edits: [
      { file: DECIDE_RECOVERY, text: 'if (checked.resend) resend.push', instead: 'if (false) resend.push' },
    ],
  },
  {
    name: 'sweeper: start',
    without: 'an order whose first event is lost never starts',
    backend: 'memory',
    edits: [
      {
        file: DECIDE_RECOVERY,
        text: 'start = !sweepState.unread && row.stuck === null;',
        instead: 'start = false;',
      },
    ],
  },
  {
    name: 'sent is not read',
    without: 'a command that waits in a queue is sent again and given up',
    backend: 'memory',
    edits: [{ file: RESEND_POLICY, text: 'if (read < endOffset) return', instead: 'if (false) return' }],
  },
  {
    name: 'outdated build',
    without: 'an engine sets a message aside that another build supports, and its saga is stuck',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/engine/unknown-version.ts',
        text: 'if (knowing.length > 0) {',
        instead: 'if (false) {',
      },
    ],
  },
  {
    name: 'evidence for an undo',
    without: 'a step that a person vouched for counts as undone by a participant that never did it',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/engine/step/step.ts',
        text: 'builder.skipped?.[id] !== undefined);',
        instead: 'builder.skipped?.[id] !== undefined && false);',
      },
    ],
  },
  {
    name: 'proof before a time-out',
    without: 'a command that was never written is timed out',
    backend: 'memory',
    edits: [{ file: DECIDE_RECOVERY, text: 'if (doubtful.length > 0) {', instead: 'if (false) {' }],
  },
  {
    name: 'proof: acknowledged',
    without: 'a resend that nobody acknowledged counts as the proof',
    backend: 'memory',
    edits: [
      { file: RESEND_POLICY, text: '!known.confirmed && !known.proven', instead: 'false' },
      { file: RESEND_POLICY, text: 'sweepState.confirmed === true && ', instead: '' },
    ],
  },
  {
    name: 'sweeper: leaves what is not acknowledged',
    without: 'a round waits until a blocked partition takes messages again',
    backend: 'memory',
    edits: [
      {
        file: SWEEPER,
        text: 'const late = await publishWithin(outbox, sendable);',
        instead: 'await outbox.publish(sendable);\n  const late: OutMessage[] = [];',
      },
    ],
  },
];
