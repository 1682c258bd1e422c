/** Reads a record of a command channel as a command, or rejects it. */
import { checkData, decodeRecord } from '#protocol/codec.ts';
import type { CommandContract, Contract, UndoData } from '#protocol/contract.ts';
import type { InRecord } from '#protocol/envelope.ts';
import { TerminalError } from '#protocol/errors.ts';
import { commandTypeOf, isUuid } from '#protocol/ids.ts';

/** How long after its deadline a command is still accepted, for clocks differ. */
const DEADLINE_GRACE_MS = 30_000;

/** A valid command with the record that brought it. */
export interface Received {
  readonly record: InRecord;
  readonly id: string;
  readonly sagaId: string;
  readonly type: string;
  readonly command: CommandContract;
  readonly data: unknown;
  /** The command ids that an undo or a revoke names; empty for a forward command. */
  readonly undoes: readonly string[];
  /** ms since 1970 after which it is skipped, grace included; null: never. */
  readonly skipAfter: number | null;
  readonly traceparent: string | undefined;
}

/**
 * Reads one record as a command.
 * @throws TerminalError naming the fault
 */
export function receive(contract: Contract, record: InRecord): Received {
  const envelope = decodeRecord(record);
  const { id, subject: sagaId, type } = envelope;
  const command = contract.commands[type];
  if (command === undefined)
    throw new TerminalError('unknown-type', `${contract.name} has no command ${type}`);
  if (!isUuid(sagaId) || record.key !== sagaId) {
    throw new TerminalError('wrong-key', 'the key and the subject must both be the saga id');
  }
  if (commandTypeOf(id, sagaId) !== type) {
    throw new TerminalError('invalid-data', `the id ${id} is no id of a ${type} of this saga`);
  }
  const data = checkData(command.data, envelope);
  const undoes = command.kind === 'forward' ? [] : (data as UndoData).undoes;
  for (const undone of undoes) {
    const undoneType = commandTypeOf(undone, sagaId);
    if (undoneType === null || contract.commands[undoneType]?.kind !== 'forward') {
      throw new TerminalError(
        'invalid-data',
        `${undone} is no command of this saga that ${contract.name} could undo`,
      );
    }
  }
  const skipAfter =
    envelope.deadline === undefined ? null : Date.parse(envelope.deadline) + DEADLINE_GRACE_MS;
  return { record, id, sagaId, type, command, data, undoes, skipAfter, traceparent: envelope.traceparent };
}

/**
 * Cuts a batch into groups in which no saga appears twice, in each saga's order. The commands of a group can be decided
 * together, type by type.
 */
export function cutWhereKeysReturn(received: readonly Received[]): Received[][] {
  const groups: Received[][] = [];
  let sagas = new Set<string>();
  for (const one of received) {
    const group = groups.at(-1);
    if (group === undefined || sagas.has(one.sagaId)) {
      groups.push([one]);
      sagas = new Set([one.sagaId]);
    } else {
      group.push(one);
      sagas.add(one.sagaId);
    }
  }
  return groups;
}
