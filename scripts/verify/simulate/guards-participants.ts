/** The guards of intake and of the participants, and of the batch loop that participants and engine share. */
import type { Guard } from './guards.ts';

const DECIDE = 'participants/runtime/decide-once.ts';
const INBOX_MEMORY = 'participants/runtime/testing/memory-inbox.ts';
const INBOX_SQL = 'participants/runtime/sql-inbox.ts';
const LOOP = 'participants/platform/kafka/batch-loop.ts';
const DRIVE = 'participants/payment/drive.ts';

export const PARTICIPANT_GUARDS: readonly Guard[] = [
  {
    name: 'idempotency key',
    without: 'an order that is said again is a second order',
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
    name: 'publish before commit',
    without: 'offsets are committed before what follows from them is said',
    backend: 'memory',
    edits: [{ file: LOOP, text: 'await Promise.all([previous, published]);', instead: 'await previous;' }],
  },
  {
    name: 'offset order',
    without: 'offsets are committed past a batch under way',
    backend: 'memory',
    edits: [{ file: LOOP, text: 'await Promise.all([previous, published]);', instead: 'await published;' }],
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
      { file: INBOX_MEMORY, text: 'if (fresh.size !== taken.length) throw', instead: 'if (false) throw' },
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
      { file: INBOX_SQL, text: 'if (written !== taken.length) throw', instead: 'if (false) throw' },
    ],
  },
  {
    // The late success behind it does not stand in for it: what succeeds while the undo's answer is on its way is only noted.
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
    without: 'a worker that was thought dead writes over what another has done since',
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
    without: 'a crash forgets a payment that was made',
    backend: 'memory',
    edits: [{ file: DRIVE, text: "if (!(await keepId(intent, id))) return { kind: 'lost' };", instead: '' }],
  },
  {
    name: 'mails that were sent',
    without: 'a event that comes again is a second mail',
    backend: 'memory',
    edits: [{ file: 'participants/notification/delivery.ts', text: '&& !known.has(eventId)', instead: '' }],
  },
];
