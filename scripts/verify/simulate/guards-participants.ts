/** The guards of intake and of the participants, and of the batch loop that participants and engine share. */
import type { Guard } from './guard.ts';

const DECIDE = 'participants/runtime/decide-once.ts';
const INBOX_MEMORY = 'participants/runtime/testing/memory-inbox.ts';
const INBOX_SQL = 'participants/runtime/sql-inbox.ts';
const LOOP = 'participants/platform/kafka/batch-loop.ts';
const DRIVE = 'participants/payment/attempt-intent.ts';

export const PARTICIPANT_GUARDS: readonly Guard[] = [
  {
    name: 'idempotency key',
    without: 'an order sent again is a second order',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/http/intake/intake.ts',
        text: 'idempotencyKey,\n    requestHash,',
        instead: 'idempotencyKey: null,\n    requestHash,',
      },
    ],
  },
  {
    name: 'the last reservation',
    without: 'inventory confirms a reservation that was made late, and the undo of that one takes it back',
    backend: 'memory',
    edits: [
      {
        file: 'participants/inventory/decide.ts',
        text: 'commandNumber(b.commandId) - commandNumber(a.commandId)',
        instead: 'commandNumber(a.commandId) - commandNumber(b.commandId)',
      },
    ],
  },
  {
    name: 'publish before commit',
    without: 'offsets are committed before their results are published',
    backend: 'memory',
    edits: [
      { file: LOOP, text: 'if (!isPublished) await hold(', instead: 'if (false) await hold(' },
      {
        file: LOOP,
        text: 'await settlesWithin(handled.published, HOLD_AFTER_MS);',
        instead: 'true as boolean;',
      },
    ],
  },
  {
    name: 'offset order',
    without: 'offsets are committed past a batch under way',
    backend: 'memory',
    edits: [
      {
        file: 'participants/platform/kafka/uncommitted.ts',
        text: 'while (queue[0]?.isDone) last = queue.shift()?.readTo ?? null;',
        instead: 'queue.splice(queue.indexOf(share), 1);\n        last = share.readTo;',
      },
    ],
  },
  {
    name: 'inbox, memory',
    without: 'a command that comes again is decided again',
    backend: 'memory',
    edits: [
      {
        file: DECIDE,
        text: 'const row = known.get(one.id);',
        instead: 'const row = undefined as ReturnType<typeof known.get>;',
      },
      { file: INBOX_MEMORY, text: 'if (fresh.size !== decided.length) throw', instead: 'if (false) throw' },
    ],
  },
  {
    name: 'inbox, SQL',
    without: 'a command that comes again is decided again',
    backend: 'pglite',
    edits: [
      {
        file: DECIDE,
        text: 'const row = known.get(one.id);',
        instead: 'const row = undefined as ReturnType<typeof known.get>;',
      },
      { file: INBOX_SQL, text: 'if (written !== decided.length) throw', instead: 'if (false) throw' },
    ],
  },
  {
    // The late-success rule behind it does not replace it: a success that arrives while the undo's answer is on its
    // way is only recorded.
    name: 'tombstone',
    without: 'a command is done although its undo came before it',
    backend: 'memory',
    edits: [
      {
        file: DECIDE,
        text: 'if (row === undefined) {',
        instead: "if (row === undefined || row.state === 'tombstone') {",
      },
      {
        file: INBOX_MEMORY,
        text: 'if (commands.get(commandId) !== undefined) fresh.delete(commandId)',
        instead:
          "if (!['tombstone', undefined].includes(commands.get(commandId)?.state)) fresh.delete(commandId)",
      },
    ],
  },
  {
    name: "payment's lease",
    without: 'a worker whose lease expired overwrites its successor’s result',
    backend: 'memory',
    edits: [
      {
        file: 'participants/payment/testing/memory-intents.ts',
        text: 'return intent?.lease === item.lease ? [{ intent, item }] : [];',
        instead: 'return intent !== undefined ? [{ intent, item }] : [];',
      },
    ],
  },
  {
    name: 'one order a coupon',
    without: 'two orders use one coupon',
    backend: 'memory',
    edits: [
      {
        file: 'participants/coupon/redemption/decide-redemptions.ts',
        text: "if (coupon.redemption !== null) return refused('already-redeemed');",
        instead: '',
      },
    ],
  },
  {
    name: 'payment id before the charge',
    without: 'a crash loses the id of a payment that was made',
    backend: 'memory',
    edits: [{ file: DRIVE, text: "if (!(await keepId(intent, id))) return { kind: 'lost' };", instead: '' }],
  },
  {
    name: 'mails that were sent',
    without: 'a redelivered event sends a second mail',
    backend: 'memory',
    edits: [
      {
        file: 'participants/notification/handle-order-events.ts',
        text: '&& !known.has(eventId)',
        instead: '',
      },
    ],
  },
  {
    name: 'hold',
    without: 'batches wait behind the ones whose messages a blocked partition does not take',
    backend: 'memory',
    edits: [{ file: LOOP, text: 'const HOLD_AFTER_MS = 1_000;', instead: 'const HOLD_AFTER_MS = 600_000;' }],
  },
];
