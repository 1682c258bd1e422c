/**
 * Rebuilds what participants did after the database's time: each command is decided again by its participant's own handler, at the
 * time and in the company in which it was decided, and must come to the reply that the log has, byte for byte. What was said stands: a
 * decision that would be another one now is not written, and named.
 */

import type { Sent } from '#engine/saga.ts';
import { HANDLERS } from '#participants/handlers.ts';
import { CONTRACTS } from '#participants/registry.ts';
import type { Database } from '#platform/postgres/database.ts';
import { encode } from '#protocol/codec.ts';
import { decideOnce } from '#runtime/decide-once.ts';
import type { Participant } from '#runtime/participant.ts';
import { cutWhereKeysReturn, type Received } from '#runtime/received-command.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { type Gap, receivedOf, type SaidReply } from './gap.ts';
import type { Tally } from './report.ts';

/** A command with the reply that the log has. */
export interface Decided {
  readonly received: Received;
  readonly reply: SaidReply;
}

/** A decision that came out otherwise. */
class OtherReply extends Error {}

const LOOKED_UP_AT_ONCE = 500;

/** The commands that the logs have a reply to, in the order of the replies; of older commands the journal has the bytes. */
export async function decidedIn(db: Database, gap: Gap, tally: Tally): Promise<Decided[]> {
  const older = gap.replies.filter(({ commandId }) => !gap.commands.has(commandId));
  const found = new Map<string, Received>();
  for (let from = 0; from < older.length; from += LOOKED_UP_AT_ONCE) {
    const some = older.slice(from, from + LOOKED_UP_AT_ONCE);
    const rows = await db.query<{ out: Sent[] }>(
      `SELECT out FROM orchestrator.journal WHERE saga_id = ANY ($1::uuid[])`,
      some.map(({ envelope }) => envelope.subject),
    );
    for (const { topic, event } of rows.flatMap(({ out }) => out)) {
      const contract = CONTRACTS.find(({ channel }) => channel === topic);
      const value = Buffer.from(encode(event));
      const record = { topic, partition: 0, offset: 0, key: event.subject, value, timestamp: 0 };
      const received = contract && receivedOf(contract, record);
      if (received) found.set(received.id, received);
    }
  }
  return gap.replies.flatMap((reply) => {
    const received = gap.commands.get(reply.commandId)?.received ?? found.get(reply.commandId);
    if (received !== undefined) return [{ received, reply }];
    tally.lose('reply', reply.envelope.id, 'its command is neither in the logs nor in the journal');
    return [];
  });
}

/** Rebuilds the participants that decide in their own transactions. */
export async function rebuildParticipants(
  db: Database,
  decided: readonly Decided[],
  tally: Tally,
): Promise<void> {
  for (const { participant, unitOfWork, answersLater } of Object.values(HANDLERS)) {
    if (answersLater) continue;
    const { name } = participant.contract;
    const own = decided.filter(({ reply }) => reply.contract.name === name);
    await rebuildOne(participant, unitOfWork(db), own, tally);
  }
}

/**
 * Decides the batches again, as their replies' common time tells them apart; one by one where a batch comes out otherwise. Those that
 * do not come out as they were wait for the others: two batches of one millisecond have no order.
 */
async function rebuildOne<Store>(
  participant: Participant<Store>,
  unitOfWork: UnitOfWork<Store>,
  decided: readonly Decided[],
  tally: Tally,
): Promise<void> {
  const { name } = participant.contract;
  let waiting = decided;
  for (;;) {
    const left: Decided[] = [];
    for (const batch of Map.groupBy(waiting, ({ reply }) => reply.envelope.time).values()) {
      for (const group of cutWhereKeysReturn(batch.map(({ received }) => received))) {
        const some = batch.filter(({ received }) => group.includes(received));
        const made = await decideAgain(participant, unitOfWork, some);
        if (made !== null) {
          tally.add(`commands of ${name}`, made);
          continue;
        }
        for (const one of some) {
          const alone = await decideAgain(participant, unitOfWork, [one]);
          if (alone === null) left.push(one);
          else tally.add(`commands of ${name}`, alone);
        }
      }
    }
    if (left.length === 0 || left.length === waiting.length) {
      for (const { reply } of left)
        tally.lose('command', reply.commandId, `${name} answered ${reply.envelope.type}, and would not now`);
      return;
    }
    waiting = left;
  }
}

/** @returns how many are new; null: it came out otherwise, and nothing is written */
async function decideAgain<Store>(
  participant: Participant<Store>,
  unitOfWork: UnitOfWork<Store>,
  some: readonly Decided[],
): Promise<number | null> {
  const now = new Date(some[0]?.reply.envelope.time ?? 0);
  const texts = new Map(some.map(({ reply }) => [reply.commandId, reply.text]));
  try {
    return await unitOfWork.transaction(async (open) => {
      const keys = some.map(({ received }) => ({ sagaId: received.sagaId, commandId: received.id }));
      const known = await open.inbox.read(keys);
      const group = some.map(({ received }) => received);
      const { replies } = await decideOnce(participant, group, open, now);
      for (const { text } of replies) {
        const { commandid } = JSON.parse(text) as { commandid: string };
        if (texts.get(commandid) !== text) throw new OtherReply(commandid);
      }
      return keys.filter(({ commandId }) => !known.has(commandId)).length;
    });
  } catch (error) {
    if (error instanceof OtherReply || unitOfWork.isDataFault(error)) return null;
    throw error;
  }
}
