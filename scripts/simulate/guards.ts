/**
 * The guards of the product, each with what its absence would look like in the code. A text that no longer occurs stops
 * the trial loudly: the guard has moved, and this list must follow it.
 */

/** A change of one file's text. */
export interface Edit {
  /** From the project's root. */
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

export interface Guard {
  readonly name: string;
  /** What goes wrong without it. */
  readonly without: string;
  readonly backend: 'memory' | 'pglite';
  readonly edits: readonly Edit[];
}

const TICKET = 'orchestrator/engine/ticket.ts';
const ENGINE_SQL = 'orchestrator/store/engine-store.ts';
const ENGINE_MEMORY = 'orchestrator/store/memory-store.ts';
const SAY_AGAIN = 'orchestrator/engine/say-again.ts';
const LOOK = 'orchestrator/engine/look.ts';
const SENT = 'orchestrator/engine/sent.ts';
const DECIDE = 'participants/harness/decide.ts';
const INBOX_MEMORY = 'participants/harness/memory-inbox.ts';
const INBOX_SQL = 'participants/harness/sql-inbox.ts';
const LOOP = 'participants/wire/kafka/batch-loop.ts';
const DRIVE = 'participants/payment/drive.ts';
const REDEEM = 'participants/coupon/redeem.ts';

const UNANSWERED = `{ kind: 'reply', commandId, awaited: { type: envelope.type.split('.')[0] === 'payment' ? 'payment.charge' : 'inventory.reserve', kind: 'forward', issuedAt: 0, version: 1 } }`;

/** An undo's tombstone; where it is missing, the engine still undoes the success that comes too late. */
const VOID: readonly Edit[] = [
  {
    file: DECIDE,
    text: 'if (row === undefined) {',
    instead: "if (row === undefined || row.state === 'void') {",
  },
  {
    file: INBOX_MEMORY,
    text: 'if (commands.get(commandId) !== undefined) fresh.delete(commandId)',
    instead: "if (!['void', undefined].includes(commands.get(commandId)?.state)) fresh.delete(commandId)",
  },
];
const LATE_SUCCESS: readonly Edit[] = [
  {
    file: TICKET,
    text: "return givenUp.found === 'void' ? { kind: 'late', commandId } : none('given-up');",
    instead: "return none('given-up');",
  },
];

export const GUARDS: readonly Guard[] = [
  {
    name: 'ticket',
    without: 'a reply nobody awaits is taken',
    backend: 'memory',
    edits: [
      {
        file: TICKET,
        text: "if (givenUp === undefined) return none('not-awaited');",
        instead: `if (givenUp === undefined) return ${UNANSWERED};`,
      },
    ],
  },
  {
    name: 'journal, before a step',
    without: 'a message that keeps its ticket is taken twice',
    backend: 'memory',
    edits: [
      {
        file: 'orchestrator/engine/batch.ts',
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
        text: 'WHERE s.id = v.id AND s.version = v."fromVersion"',
        instead: 'WHERE s.id = v.id',
      },
    ],
  },
  {
    name: 'journal from RETURNING',
    without: 'the journal tells of a move that was refused',
    backend: 'pglite',
    edits: [{ file: ENGINE_SQL, text: 'WHERE (e."sagaId" IN (SELECT id FROM u)) IS TRUE', instead: '' }],
  },
  {
    name: 'look_at, memory',
    without: 'nobody looks after a saga that has moved',
    backend: 'memory',
    edits: [
      {
        file: ENGINE_MEMORY,
        text: 'lookAt === null ? null : earlier(known.lookAt, lookAt)',
        instead: 'null as Date | null',
      },
    ],
  },
  {
    name: 'look_at, SQL',
    without: 'nobody looks after a saga that has moved',
    backend: 'pglite',
    edits: [{ file: ENGINE_SQL, text: 'LEAST(s.look_at, v."lookAt")', instead: 'NULL' }],
  },
  {
    name: 'published again on redelivery',
    without: 'a crash before the publish loses what was to be said',
    backend: 'memory',
    edits: [
      {
        file: SAY_AGAIN,
        text: '} else if (sameOrigin(entry.origin, origin)) {',
        instead: '} else if (false) {',
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
    name: 'sweeper: resend',
    without: 'a lost command stays lost',
    backend: 'memory',
    edits: [{ file: LOOK, text: 'if (looked.resend) resend.push', instead: 'if (false) resend.push' }],
  },
  {
    name: 'sweeper: start',
    without: 'an order whose first fact was lost is never begun',
    backend: 'memory',
    edits: [{ file: LOOK, text: 'start = !watch.pending && row.stuck === null;', instead: 'start = false;' }],
  },
  {
    name: 'sent is not read',
    without: 'what waits in a queue is sent again and given up',
    backend: 'memory',
    edits: [{ file: SENT, text: 'if (read < mark) return', instead: 'if (false) return' }],
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
    name: 'void and late success',
    without: 'a command is done although its undo came before it, and stays done',
    backend: 'memory',
    edits: [...VOID, ...LATE_SUCCESS],
  },
  {
    name: 'one order a coupon',
    without: 'two orders use one coupon',
    backend: 'memory',
    edits: [
      {
        file: REDEEM,
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
    name: 'refund: ask first',
    without: 'a refund whose answer was lost is made twice',
    backend: 'memory',
    edits: [{ file: DRIVE, text: "if (before?.status === 'done') return", instead: 'if (false) return' }],
  },
  {
    name: 'mails that were sent',
    without: 'a fact that comes again is a second mail',
    backend: 'memory',
    edits: [{ file: 'participants/notification/delivery.ts', text: '&& !known.has(eventId)', instead: '' }],
  },
];
