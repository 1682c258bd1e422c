/** Sorts the records of the logs into what each part of the rebuilding needs. Pure. */

import type { Registered } from '#engine/definition/definition.ts';
import { engineTopics } from '#engine/read-message.ts';
import { FAILED, ISSUED } from '#participants/coupon/events.ts';
import { CONTRACTS } from '#participants/registry.ts';
import { decodeRecord } from '#protocol/codec.ts';
import type { Contract } from '#protocol/contract.ts';
import type { Envelope, InRecord } from '#protocol/envelope.ts';
import { SAGA_INPUTS } from '#protocol/topics.ts';
import { type Received, receive } from '#runtime/received-command.ts';

/** Who read which topics, beside the engine and the participants. */
export const ENDS = ['order-completed', 'order-failed'] as const;

/** A record that could be read, with its envelope. */
export interface Said {
  readonly record: InRecord;
  readonly envelope: Envelope;
}

/** A reply in the exact text that was sent. */
export interface SaidReply extends Said {
  readonly contract: Contract;
  readonly commandId: string;
  readonly text: string;
}

/** What the logs have since a while before the database's time. */
export interface Gap {
  /** What was accepted, by saga. */
  readonly births: ReadonlyMap<string, Said>;
  /** What the engine reads, in order. */
  readonly engine: readonly InRecord[];
  /** By command id, in order. */
  readonly commands: ReadonlyMap<string, { readonly contract: Contract; readonly received: Received }>;
  /** The first reply to each command, in order. */
  readonly replies: readonly SaidReply[];
  readonly ends: readonly Said[];
  readonly coupons: readonly Said[];
  /** The ids of everything that is in the logs. */
  readonly ids: ReadonlySet<string>;
}

/** Every topic that a rewind reads. */
export function topicsOf(definitions: readonly Registered[]): string[] {
  const channels = CONTRACTS.map(({ channel }) => channel);
  return [...new Set([SAGA_INPUTS, ...engineTopics(definitions), ...channels, ...ENDS, ISSUED, FAILED])];
}

/** Sorts records; one that cannot be read is a dead letter of its reader, and nothing follows from it here. */
export function gapOf(definitions: readonly Registered[], records: readonly InRecord[]): Gap {
  const read = new Set(engineTopics(definitions));
  const contractOf = new Map(
    CONTRACTS.flatMap((contract) => Object.keys(contract.replies).map((type) => [type, contract] as const)),
  );
  const births = new Map<string, Said>();
  const commands = new Map<string, { contract: Contract; received: Received }>();
  const replies = new Map<string, SaidReply>();
  const [engine, ends, coupons]: [InRecord[], Said[], Said[]] = [[], [], []];
  const ids = new Set<string>();
  for (const record of records) {
    const envelope = envelopeOf(record);
    if (envelope === null) continue;
    ids.add(envelope.id);
    if (read.has(record.topic)) engine.push(record);
    if (record.topic === SAGA_INPUTS) births.set(envelope.subject, { record, envelope });
    else if ((ENDS as readonly string[]).includes(record.topic)) ends.push({ record, envelope });
    else if (record.topic === ISSUED || record.topic === FAILED) coupons.push({ record, envelope });
    const channel = CONTRACTS.find((one) => one.channel === record.topic);
    const received = channel && receivedOf(channel, record);
    if (channel && received && !commands.has(received.id))
      commands.set(received.id, { contract: channel, received });
    const contract = contractOf.get(envelope.type);
    const { commandid: commandId } = envelope;
    if (contract && commandId !== undefined && !replies.has(commandId))
      replies.set(commandId, { record, envelope, contract, commandId, text: String(record.value) });
  }
  return { births, engine, commands, replies: [...replies.values()], ends, coupons, ids };
}

function envelopeOf(record: InRecord): Envelope | null {
  try {
    return decodeRecord(record);
  } catch {
    return null;
  }
}

/** A command as its participant reads it; null where it cannot. */
export function receivedOf(contract: Contract, record: InRecord): Received | null {
  try {
    return receive(contract, record);
  } catch {
    return null;
  }
}
