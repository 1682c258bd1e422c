/** Participants that follow a story, on the real broker: they read every command channel under their own names. */
import { CONTRACTS } from '#participants/registry.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import { decode, encode } from '#protocol/codec.ts';
import type { CommandContract, Contract, Finding, UndoData } from '#protocol/contract.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';
import type { Answer, Story } from './stories.ts';

/** The data of each success. */
const DATA: Readonly<Record<string, object>> = {
  'coupon.redeemed': {
    discount: 290,
    use: { couponId: 'WELCOME', campaignId: 'SPRING', userId: 'customer' },
  },
  'payment.charged': { chargeId: 'ch_recorded', amount: 1_290, currency: 'EUR' },
  'shipping.prepared': { shipmentId: 'sh_recorded' },
};

/** The state of one order's commands, by their ids. */
interface CommandLog {
  readonly done: Map<string, Finding | 'done'>;
  readonly deliveries: Map<string, number>;
  /** Successes to be success once an undo of their command was answered. */
  readonly late: Map<string, OutMessage>;
}

/**
 * Joins as every participant at once.
 * @param storyOf the story of an order by its first item, which identifies it from the saga's first command on
 */
export async function playParticipants(
  brokers: string,
  prefix: string,
  storyOf: (sku: string) => Story | undefined,
): Promise<{ assigned: () => boolean; close: () => Promise<void> }> {
  const kafka = { brokers, prefix, clientId: 'golden', log: silent };
  const publisher = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
  const stories = new Map<string, Story>();
  const logs = new Map<string, CommandLog>();

  const take = (contract: Contract, command: Envelope): OutMessage[] => {
    const { subject: sagaId, data } = command;
    const sku = (data as { items?: Array<{ sku: string }> }).items?.[0]?.sku;
    const story = stories.get(sagaId) ?? (sku === undefined ? undefined : storyOf(sku));
    if (story === undefined) throw new Error(`there is no story of ${command.id}`);
    stories.set(sagaId, story);
    const log = logs.get(sagaId) ?? { done: new Map(), deliveries: new Map(), late: new Map() };
    logs.set(sagaId, log);
    return answer(contract, command, story, log);
  };

  const consumers = await Promise.all(
    CONTRACTS.map((contract) =>
      consumeBatches({
        ...kafka,
        group: contract.name,
        topics: [contract.channel],
        settings: GENERAL_CONSUMER,
        handle: async (records) => {
          const out = records.flatMap(({ value }) => take(contract, decode(value)));
          return { published: publisher.publish(out) };
        },
      }),
    ),
  );
  return {
    assigned: () => consumers.every((consumer) => consumer.assigned()),
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await publisher.close();
    },
  };
}

function answer(contract: Contract, command: Envelope, story: Story, log: CommandLog): OutMessage[] {
  const { id, type, subject } = command;
  const spec = contract.commands[type];
  if (spec === undefined) throw new Error(`${contract.name} has no command ${type}`);
  const nth = (log.deliveries.get(id) ?? 0) + 1;
  log.deliveries.set(id, nth);
  const how: Answer | undefined = story.answers?.[id.slice(subject.length + 1)];
  if (how === 'refuse') {
    log.done.set(id, 'refused');
    return [reply(contract, command, spec.refusal, { code: 'by-story', text: 'by the story' })];
  }
  if (how === 'silent') return [];
  if (spec.kind !== 'forward') {
    if (how === 'second' && nth === 1) return [];
    return undo(contract, command, spec, log);
  }
  const success = reply(contract, command, spec.success, DATA[spec.success] ?? {});
  if (how === 'late') {
    // Not executed yet: an undo finds nothing, and the success follows all the same.
    log.late.set(id, success);
    return [];
  }
  log.done.set(id, 'done');
  if (how === 'lost') return [];
  return how === 'second' && nth === 1 ? [] : [success];
}

function undo(contract: Contract, command: Envelope, spec: CommandContract, log: CommandLog): OutMessage[] {
  const found: Record<string, Finding> = {};
  const late: OutMessage[] = [];
  for (const id of (command.data as UndoData).undoes) {
    const was = log.done.get(id) ?? 'not-executed';
    found[id] = was === 'done' ? 'undone' : was;
    const success = log.late.get(id);
    if (success === undefined) continue;
    log.late.delete(id);
    log.done.set(id, 'done');
    late.push(success);
  }
  for (const [id, finding] of Object.entries(found)) {
    if (finding === 'undone') log.done.set(id, 'undone');
  }
  return [reply(contract, command, spec.success, { found }), ...late];
}

function reply(contract: Contract, command: Envelope, type: string, data: object): OutMessage {
  const topic = contract.replies[type]?.topic;
  if (topic === undefined) throw new Error(`${contract.name} has no reply ${type}`);
  const event: Envelope = {
    specversion: '1.0',
    id: replyId(command.id),
    type,
    source: `/${contract.name}`,
    time: new Date().toISOString(),
    subject: command.subject,
    datacontenttype: 'application/json',
    commandid: command.id,
    data,
  };
  return { topic, key: command.subject, value: encode(event) };
}
