/** Participants that do what a story says, on the real broker: they read every command channel under their own names. */
import { coupon } from '#participants/coupon/contract.ts';
import { inventory } from '#participants/inventory/contract.ts';
import { payment } from '#participants/payment/contract.ts';
import { shipping } from '#participants/shipping/contract.ts';
import { consumeBatches } from '#platform/kafka/batch-consumer.ts';
import { GENERAL_CONSUMER, ORDER_PRODUCER } from '#platform/kafka/client-settings.ts';
import { openPublisher } from '#platform/kafka/publisher.ts';
import { silent } from '#platform/process/log.ts';
import { decode, encode } from '#protocol/codec.ts';
import type { CommandContract, Contract, Finding, UndoData } from '#protocol/contract.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';
import { replyId } from '#protocol/ids.ts';
import type { Answer, Story } from './stories.ts';

const CONTRACTS: readonly Contract[] = [inventory, coupon, payment, shipping];

/** What each success carries. */
const DATA: Readonly<Record<string, object>> = {
  'coupon.redeemed': {
    discount: 290,
    use: { couponId: 'WELCOME', campaignId: 'SPRING', userId: 'customer' },
  },
  'payment.charged': { chargeId: 'ch_recorded', amount: 1_290, currency: 'EUR' },
  'shipping.prepared': { shipmentId: 'sh_recorded' },
};

/** What was done about one order's commands, by their ids. */
interface Book {
  readonly done: Map<string, Finding | 'done'>;
  readonly deliveries: Map<string, number>;
  /** Successes to be said once an undo of their command was answered. */
  readonly late: Map<string, OutMessage>;
}

/**
 * Joins as every participant at once.
 * @param storyOf the story of the order with this first item, by which a saga is known from its first command on
 */
export async function playParticipants(
  brokers: string,
  prefix: string,
  storyOf: (sku: string) => Story | undefined,
): Promise<{ assigned: () => boolean; close: () => Promise<void> }> {
  const kafka = { brokers, prefix, clientId: 'golden', log: silent };
  const publisher = await openPublisher({ ...kafka, settings: ORDER_PRODUCER });
  const stories = new Map<string, Story>();
  const books = new Map<string, Book>();

  const take = (contract: Contract, command: Envelope): OutMessage[] => {
    const { subject: sagaId, data } = command;
    const sku = (data as { items?: Array<{ sku: string }> }).items?.[0]?.sku;
    const story = stories.get(sagaId) ?? (sku === undefined ? undefined : storyOf(sku));
    if (story === undefined) throw new Error(`nobody told the story of ${command.id}`);
    stories.set(sagaId, story);
    const book = books.get(sagaId) ?? { done: new Map(), deliveries: new Map(), late: new Map() };
    books.set(sagaId, book);
    return answer(contract, command, story, book);
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

function answer(contract: Contract, command: Envelope, story: Story, book: Book): OutMessage[] {
  const { id, type, subject } = command;
  const spec = contract.commands[type];
  if (spec === undefined) throw new Error(`${contract.name} has no command ${type}`);
  const nth = (book.deliveries.get(id) ?? 0) + 1;
  book.deliveries.set(id, nth);
  const how: Answer | undefined = story.answers?.[id.slice(subject.length + 1)];
  if (how === 'refuse') {
    book.done.set(id, 'refused');
    return [reply(contract, command, spec.refusal, { code: 'as-told', text: 'the story wants it' })];
  }
  if (how === 'silent') return [];
  if (spec.kind !== 'forward') {
    if (how === 'second' && nth === 1) return [];
    return undo(contract, command, spec, book);
  }
  const success = reply(contract, command, spec.success, DATA[spec.success] ?? {});
  if (how === 'late') {
    // It has not come yet: an undo finds it void, and it is done all the same.
    book.late.set(id, success);
    return [];
  }
  book.done.set(id, 'done');
  if (how === 'lost') return [];
  return how === 'second' && nth === 1 ? [] : [success];
}

function undo(contract: Contract, command: Envelope, spec: CommandContract, book: Book): OutMessage[] {
  const found: Record<string, Finding> = {};
  const late: OutMessage[] = [];
  for (const id of (command.data as UndoData).undoes) {
    const was = book.done.get(id) ?? 'not-executed';
    found[id] = was === 'done' ? 'undone' : was;
    const said = book.late.get(id);
    if (said === undefined) continue;
    book.late.delete(id);
    book.done.set(id, 'done');
    late.push(said);
  }
  for (const [id, finding] of Object.entries(found)) {
    if (finding === 'undone') book.done.set(id, 'undone');
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
