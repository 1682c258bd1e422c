/** Decides a group of commands in one transaction: repeats the recorded replies, decides and records the new ones. */
import { encode } from '#protocol/codec.ts';
import type { Contract } from '#protocol/contract.ts';
import { commandTypeOf, replyId } from '#protocol/ids.ts';
import { continued } from '#protocol/trace.ts';
import type { DecidedCommand, InboxRow, Reply } from './inbox.ts';
import { type Command, LATER, type Participant, type Target } from './participant.ts';
import type { Received } from './received-command.ts';
import type { OpenWork } from './unit-of-work.ts';

export interface GroupDecision {
  readonly replies: readonly Reply[];
  /** Open commands that came again: the participant's worker should try them at once. */
  readonly woken: readonly string[];
}

/**
 * Decides a group in which no saga appears twice, in an open transaction.
 * @throws InboxRace when another transaction decided one of them meanwhile: roll back and decide again
 */
export async function decideOnce<Store>(
  participant: Participant<Store>,
  group: readonly Received[],
  { inbox, store }: OpenWork<Store>,
  now: Date,
): Promise<GroupDecision> {
  const { contract } = participant;
  const replies: Reply[] = [];
  const woken: string[] = [];
  const decided: DecidedCommand[] = [];

  const tombstones = group.flatMap((undo) =>
    undo.undoes.map((id) => ({
      sagaId: undo.sagaId,
      commandId: id,
      type: commandTypeOf(id, undo.sagaId) ?? '',
    })),
  );
  await inbox.insertTombstones(tombstones, now);
  const known = await inbox.read([
    ...group.map((one) => ({ sagaId: one.sagaId, commandId: one.id })),
    ...tombstones,
  ]);

  const fresh: Received[] = [];
  for (const one of group) {
    const row = known.get(one.id);
    if (row === undefined) {
      // Past its deadline a command gets no reply and no row: the orchestrator's own timer decides.
      if (one.skipAfter === null || now.getTime() <= one.skipAfter) fresh.push(one);
    } else if (row.state === 'answered' && row.reply !== null) {
      replies.push(recorded(one.sagaId, row.reply));
    } else if (row.state === 'tombstone') {
      replies.push(
        makeReply(contract, one, { type: one.command.refusal, data: { code: 'revoked' } }, row.createdAt),
      );
    } else {
      woken.push(one.id);
    }
  }

  const answers =
    fresh.length === 0
      ? []
      : await participant.decide(
          fresh.map((one) => toCommand(one, known)),
          { store, now },
        );
  if (answers.length !== fresh.length)
    throw new Error(`${contract.name} answered ${answers.length} of ${fresh.length}`);
  fresh.forEach((one, i) => {
    const { sagaId, id: commandId, type, command } = one;
    const answer = answers[i];
    if (answer === undefined || answer === LATER) {
      decided.push({ sagaId, commandId, type, reply: null });
      return;
    }
    if (answer.type !== command.success && answer.type !== command.refusal) {
      throw new Error(`${answer.type} is no reply to ${type}`);
    }
    const reply = makeReply(contract, one, answer, now);
    replies.push(reply);
    decided.push({ sagaId, commandId, type, reply: reply.text });
  });
  await inbox.insertDecided(decided, now);
  return { replies, woken };
}

function toCommand(one: Received, known: ReadonlyMap<string, InboxRow>): Command & { type: string } {
  const targets = one.undoes.map((commandId): Target => {
    const row = known.get(commandId);
    if (row === undefined)
      throw new Error(`${commandId} has no inbox row, although this transaction wrote its tombstone`);
    const replyType = row.reply === null ? null : (JSON.parse(row.reply) as { type: string }).type;
    return { commandId, state: row.state, replyType };
  });
  return {
    id: one.id,
    type: one.type,
    sagaId: one.sagaId,
    data: one.data,
    traceparent: one.traceparent,
    targets,
  };
}

/** The reply to a command. Its id follows from the command's, so a repeat is the same message. */
export function makeReply(
  contract: Contract,
  command: { id: string; sagaId: string; traceparent?: string | undefined },
  answer: { type: string; data: unknown },
  now: Date,
): Reply {
  const id = replyId(command.id);
  const traceparent = continued(command.traceparent, id);
  const text = encode({
    specversion: '1.0',
    id,
    type: answer.type,
    source: `/${contract.name}`,
    time: now.toISOString(),
    subject: command.sagaId,
    datacontenttype: 'application/json',
    commandid: command.id,
    ...(traceparent !== undefined && { traceparent }),
    data: answer.data,
  });
  return { sagaId: command.sagaId, type: answer.type, text };
}

function recorded(sagaId: string, text: string): Reply {
  return { sagaId, type: (JSON.parse(text) as { type: string }).type, text };
}
