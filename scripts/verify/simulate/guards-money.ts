/** The guards of the money that comes back. */
import type { Guard } from './guard.ts';

const ATTEMPT = 'participants/payment/attempt-intent.ts';
const SUMS = 'participants/payment/reversal.ts';
const RECORD = 'participants/payment/record-reversals.ts';
const PACE = 'participants/payment/pacing/pace.ts';
const WORKER_LOOP = 'participants/payment/worker-loop.ts';
const INSPECT = 'participants/payment/inspect.ts';

export const MONEY_GUARDS: readonly Guard[] = [
  {
    name: 'pending refund',
    without: 'a refund that a bank has yet to confirm counts as done',
    backend: 'memory',
    edits: [
      {
        file: ATTEMPT,
        text: 'const { settled, owed } = sumsOf(money);\n  if (settled >= money.received)',
        instead:
          'const { settled, owed, pending } = sumsOf(money);\n  if (settled + pending >= money.received)',
      },
    ],
  },
  {
    name: 'failed refund',
    without: 'a refund that failed counts as done',
    backend: 'memory',
    edits: [
      {
        file: SUMS,
        text: "const settled = sum('settled');",
        instead: "const settled = sum('settled') + sum('failed');",
      },
      { file: ATTEMPT, text: "if (made?.state === 'failed') return", instead: 'if (false) return' },
    ],
  },
  {
    name: 'refund that failed meanwhile',
    without: 'a worker records as done what a later answer has seen fail',
    backend: 'memory',
    from: 2_000,
    edits: [{ file: RECORD, text: 'if (back >= money.received) continue;', instead: 'continue;' }],
  },
  {
    name: 'what is owed',
    without: 'the whole amount is refunded, although a part is back already',
    backend: 'memory',
    edits: [
      {
        file: ATTEMPT,
        text: 'await gateway.refund(id, owed, intent.currency',
        instead: 'await gateway.refund(id, money.received, intent.currency',
      },
    ],
  },
  {
    name: 'inspection reads again',
    without: 'a hint to inspect a payment is answered with what was read before',
    backend: 'memory',
    edits: [
      {
        file: INSPECT,
        text: 'const money = await gateway.moneyOf(paymentId);',
        instead:
          'const reads = ((gateway as { reads?: Map<string, Money> }).reads ??= new Map());\n' +
          '      const money = reads.get(paymentId) ?? (await gateway.moneyOf(paymentId));\n' +
          '      reads.set(paymentId, money);',
      },
    ],
  },
  {
    name: 'newer answer',
    without: 'an older answer of the gateway overwrites a newer one',
    backend: 'memory',
    edits: [
      {
        file: 'participants/payment/testing/memory-reversals.ts',
        text: 'if (known !== undefined && !replaces(known, { kind, state }, at)) continue;',
        instead: '',
      },
    ],
  },
  {
    name: 'states of a refund',
    without: 'of two answers of the gateway the one counts whose call began later',
    backend: 'memory',
    edits: [
      {
        file: SUMS,
        text: "if (kind === 'dispute' || known.state === state) return",
        instead: 'return',
      },
    ],
  },
  {
    name: 'comparison',
    without: 'what no webhook brought is never seen',
    backend: 'memory',
    edits: [
      {
        file: 'participants/payment/reconcile.ts',
        text: 'for (const name of LISTS) differences += await compare(parts, name);',
        instead: '',
      },
    ],
  },
  {
    name: 'watch of refunds',
    without: 'a refund that was reported as done and fails later stays done',
    backend: 'memory',
    edits: [
      {
        file: RECORD,
        text: 'if (charge.undone && failed !== undefined && sumsOf(money).settled < money.received)',
        instead: 'if (false)',
      },
    ],
  },
  {
    name: 'incidents of others',
    without: 'nobody is shown what others refunded',
    backend: 'memory',
    edits: [
      {
        file: SUMS,
        text: "if (own || charge.isTakenBack || (before === null && state === 'failed')) return [];",
        instead: 'return [];',
      },
    ],
  },
  {
    name: 'turns of disputes',
    without: 'nobody is shown that a dispute was lost, or won',
    backend: 'memory',
    edits: [
      {
        file: SUMS,
        text: "const code = before === null ? 'charge-disputed' : DISPUTE_TURNS[state];",
        instead: "if (before !== null) return [];\n    const code = 'charge-disputed';",
      },
    ],
  },
  {
    name: 'shared pace',
    without: 'each payment process calls at the whole pace of the account',
    backend: 'memory',
    edits: [
      {
        file: PACE,
        text: 'let rate = limit;',
        instead: 'let rate = limit;\n  let own: PaceState = { learned: null, learnedAt: 0, nextAt: 0 };',
      },
      {
        file: PACE,
        text: 'decide(await store.lockPace(gatewayName));',
        instead: 'decide({ ...(await store.lockPace(gatewayName)), state: own });\n        own = state;',
      },
    ],
  },
  {
    name: 'pause after a 429',
    without: 'a refused process goes on with the calls it has reserved',
    backend: 'memory',
    edits: [
      {
        file: PACE,
        text: 'blockedUntil = Math.max(blockedUntil, performance.now() + retryAfterMs);',
        instead: '',
      },
    ],
  },
  {
    name: 'pause of the account',
    without: 'the gateway refuses one process, and the others go on',
    backend: 'memory',
    edits: [
      {
        file: 'participants/payment/pacing/reservations.ts',
        text: 'const nextAt = Math.max(state.nextAt, nowMs + retryAfterMs);',
        instead: 'const { nextAt } = state;',
      },
    ],
  },
  {
    name: 'refused calls are no attempt',
    without: 'an attempt counts although the gateway took no call of it',
    backend: 'memory',
    edits: [
      {
        file: 'participants/payment/worker.ts',
        text: "'gateway-paused': BREAK_MS, 'gateway-limited': 1_000",
        instead: "'gateway-paused': BREAK_MS",
      },
    ],
  },
  {
    name: 'backlog in Kafka',
    without: 'the consumer takes all charges, and their clocks run while their calls wait for the pace',
    backend: 'memory',
    edits: [
      { file: WORKER_LOOP, text: 'paused: () => untried > maxUntried(),', instead: 'paused: () => false,' },
      {
        file: WORKER_LOOP,
        text: 'room: () => Math.max(1, maxUntried() + 1 - untried),',
        instead: 'room: () => MAX_UNTRIED,',
      },
    ],
  },
  {
    name: 'claims at the pace',
    without: 'a worker claims more intents than it may call for',
    backend: 'memory',
    edits: [{ file: WORKER_LOOP, text: ', pace?.room() ?? calls)', instead: ')' }],
  },
];
