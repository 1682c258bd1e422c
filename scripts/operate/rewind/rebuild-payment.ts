/**
 * Rebuilds payment's rows: the intents and undos that its handlers would have written, with the outcomes that the log has, and with
 * the gateway's ids and reversals as the gateway lists them. A charge without a reply stays open, under the id that the gateway has for
 * it, so that its worker reads that payment before anything else and makes no second one.
 */
import type { Gateway } from '#participants/payment/gateway.ts';
import { paymentParticipant } from '#participants/payment/handlers.ts';
import type { GatewayName } from '#participants/payment/intent.ts';
import type { Listed } from '#participants/payment/reversal.ts';
import { writeReversals } from '#participants/payment/sql/reversals.ts';
import { paymentStore } from '#participants/payment/sql-store.ts';
import type { Database, Sql } from '#platform/postgres/database.ts';
import { decideOnce } from '#runtime/decide-once.ts';
import type { Received } from '#runtime/received-command.ts';
import { sqlInbox } from '#runtime/sql-inbox.ts';
import type { Gap, SaidReply } from './gap.ts';
import type { Decided } from './rebuild-participants.ts';
import type { Tally } from './report.ts';

const NAME = 'payment';
/** The gateway's clock and ours. */
const MARGIN_MS = 3_600_000;

/** The gateway, as far as a rewind asks it; null with the gateway `none`. */
export type ReadGateway = Pick<Gateway, 'list' | 'moneyOf'> | null;

/** What is to be written of one command, at its time. */
interface Step {
  readonly at: Date;
  readonly received: Received;
  readonly reply: SaidReply | null;
}

/** Rebuilds payment's rows; names the payments at the gateway that belong to no command of the logs. */
export async function rebuildPayment(
  db: Database,
  gap: Gap,
  decided: readonly Decided[],
  { name, gateway, sinceMs }: { name: GatewayName; gateway: ReadGateway; sinceMs: number },
  tally: Tally,
): Promise<void> {
  const answered = decided.filter(({ reply }) => reply.contract.name === NAME);
  const done = new Set(answered.map(({ received }) => received.id));
  const steps: Step[] = [
    ...answered.map(({ received, reply }) => ({ at: new Date(reply.envelope.time), received, reply })),
    ...[...gap.commands.values()]
      .filter(({ contract, received }) => contract.name === NAME && !done.has(received.id))
      .map(({ received }) => ({ at: new Date(received.record.timestamp), received, reply: null })),
  ].sort((a, b) => a.at.getTime() - b.at.getTime());
  const listed = gateway === null ? [] : await listSince(gateway, sinceMs - MARGIN_MS);
  const participant = paymentParticipant({ gateway: name });
  const undone = new Map<string, { sagaId: string; commandId: string }>();
  for (const { at, received, reply } of steps) {
    await db.transaction(async (sql) => {
      const inbox = sqlInbox(sql, NAME);
      const key = { sagaId: received.sagaId, commandId: received.id };
      const before = (await inbox.read([key])).get(received.id);
      if (before?.state === 'answered' || before?.state === 'tombstone') return;
      if (before === undefined) {
        await decideOnce(participant, [received], { inbox, store: paymentStore(sql) }, at);
        tally.add(`commands of ${NAME}`);
      }
      if (reply === null) return;
      await inbox.answerOpen([{ ...key, reply: reply.text }], at);
      await noteOutcome(sql, key, reply, at);
      if (reply.envelope.type === 'payment.refunded')
        for (const commandId of undoneIn(reply)) undone.set(commandId, { sagaId: key.sagaId, commandId });
    });
  }
  // Before any worker: an intent without an id counts as one for which no money moved.
  for (const { key, paymentId } of listed) if (key !== null) await noteGatewayId(db, key, paymentId);
  if (gateway !== null) {
    await noteReversals(db, gateway, [...undone.values()], tally);
    await nameStrangers(db, listed, tally);
  }
}

async function listSince(gateway: NonNullable<ReadGateway>, sinceMs: number): Promise<Listed[]> {
  const found: Listed[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Gateway['list']>> = await gateway.list('charges', sinceMs, after);
    found.push(...page.items);
    after = page.next;
  } while (after !== null);
  return found;
}

interface Key {
  readonly sagaId: string;
  readonly commandId: string;
}

async function noteGatewayId(sql: Sql, { sagaId, commandId }: Key, gatewayId: string | null): Promise<void> {
  if (gatewayId === null) return;
  await sql.execute(
    `UPDATE payment.intents SET gateway_id = COALESCE(gateway_id, $3) WHERE saga_id = $1::uuid AND command_id = $2`,
    sagaId,
    commandId,
    gatewayId,
  );
}

const undoneIn = ({ envelope }: SaidReply) =>
  Object.entries((envelope.data as { found: Record<string, string> }).found).flatMap(
    ([commandId, finding]) => (finding === 'undone' ? [commandId] : []),
  );

/** Writes what a reply says of the charges; nothing is left to do for them. */
async function noteOutcome(sql: Sql, key: Key, { envelope }: SaidReply, at: Date): Promise<void> {
  const { type } = envelope;
  const data = envelope.data as { chargeId?: string; code?: string; found?: Record<string, string> };
  const settle = (commandId: string, set: string, ...values: unknown[]) =>
    sql.execute(
      `UPDATE payment.intents SET lease = NULL, tries = 0, due_at = NULL, last_failure = NULL, ${set}
        WHERE saga_id = $1::uuid AND command_id = $2`,
      key.sagaId,
      commandId,
      ...values,
    );
  if (type === 'payment.charged')
    await settle(
      key.commandId,
      `outcome = 'charged', gateway_id = COALESCE(gateway_id, $3)`,
      data.chargeId ?? null,
    );
  if (type === 'payment.declined')
    await settle(key.commandId, `outcome = 'declined', decline_code = $3`, data.code ?? null);
  if (type === 'payment.refunded' || type === 'payment.revoked')
    for (const [commandId, finding] of Object.entries(data.found ?? {})) {
      if (finding === 'refused') await settle(commandId, `outcome = 'declined'`);
      if (finding === 'undone')
        await settle(
          commandId,
          `outcome = 'charged', goal = 'undo', undone_at = COALESCE(undone_at, $3::timestamptz)`,
          at,
        );
    }
  await sql.execute(
    `UPDATE payment.undos SET answered_at = COALESCE(answered_at, $3::timestamptz) WHERE saga_id = $1::uuid AND command_id = $2`,
    key.sagaId,
    key.commandId,
    at,
  );
}

/** Reads what went back of the charges that were taken back. */
async function noteReversals(
  db: Database,
  gateway: NonNullable<ReadGateway>,
  undone: readonly Key[],
  tally: Tally,
): Promise<void> {
  for (const { sagaId, commandId } of undone) {
    const [row] = await db.query<{ id: string | null }>(
      'SELECT gateway_id AS id FROM payment.intents WHERE saga_id = $1::uuid AND command_id = $2',
      sagaId,
      commandId,
    );
    if (row?.id == null || row.id.startsWith('free_')) continue;
    const at = new Date();
    const { reversals } = await gateway.moneyOf(row.id);
    await writeReversals(db, [{ sagaId, commandId, reversals, at }]);
    await db.execute(
      `UPDATE payment.intents SET refund_id = COALESCE(refund_id, $3) WHERE saga_id = $1::uuid AND command_id = $2`,
      sagaId,
      commandId,
      reversals.findLast(({ own }) => own)?.id ?? null,
    );
    tally.add('refunds', reversals.length);
  }
}

/** Names payments that succeeded for orders of ours, and that no command of the logs explains. */
async function nameStrangers(db: Database, listed: readonly Listed[], tally: Tally): Promise<void> {
  const ours = listed.flatMap(({ key, paymentId }) => (key === null ? [] : [{ ...key, paymentId }]));
  const found = await db.query<{ id: string }>(
    'SELECT command_id AS id FROM payment.intents WHERE saga_id = ANY ($1::uuid[])',
    ours.map(({ sagaId }) => sagaId),
  );
  const known = new Set(found.map(({ id }) => id));
  for (const { commandId, paymentId } of ours.filter((one) => !known.has(one.commandId)))
    tally.lose(
      'payment',
      paymentId ?? '',
      `paid for ${commandId}, of which nothing else is left: refund it at the gateway`,
    );
}
