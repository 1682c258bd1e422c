/** How a participant is written: a contract, and one handler a command that decides a whole batch at once. */
import type { CommandData, CommandType, Contract, Finding, ReplyOf, UndoneData } from '#protocol/contract.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';

/** A command as a handler sees it. */
export interface Command<Data = unknown> {
  /** `<sagaId>/<type>`: unique, and the key of its inbox row. */
  readonly id: string;
  /** The order's id. */
  readonly sagaId: string;
  readonly data: Data;
  /** Its W3C trace context: for a reply that is given later. */
  readonly traceparent?: string | undefined;
  /** Of an undo or a void: what the inbox holds for each command it names. Empty for a forward command. */
  readonly targets: readonly Target[];
}

/** A command that an undo names, as the inbox knows it. */
export interface Target {
  readonly commandId: string;
  /** void: it never came, and now never will be done; open: begun and not answered; answered: see `reply`. */
  readonly state: 'tombstone' | 'open' | 'answered';
  /** The type of the recorded reply (`payment.charged`), null unless answered. */
  readonly replyType: string | null;
}

/** Said instead of a reply: the intent is recorded, the answer comes from the participant's own worker. */
export const LATER = Symbol('the answer comes later');
export type Later = typeof LATER;

/** What a handler works with. It never calls the outside world: its transaction is open. */
export interface HandlerContext<Store> {
  /** The participant's own tables, in the open transaction. */
  readonly store: Store;
  readonly now: Date;
}

/** Decides a batch of commands of one type, each of another saga; answers in the same order. */
export type Handler<C extends Contract, T extends CommandType<C>, Store> = (
  commands: ReadonlyArray<Command<CommandData<C, T>>>,
  context: HandlerContext<Store>,
) => Promise<ReadonlyArray<ReplyOf<C, T> | Later>>;

export type Handlers<C extends Contract, Store> = {
  readonly [T in CommandType<C>]: Handler<C, T, Store>;
};

/** Any command of a contract, told apart by its type. */
export type AnyCommand<C extends Contract> = {
  [T in CommandType<C>]: Command<CommandData<C, T>> & { readonly type: T };
}[CommandType<C>];
/** Any reply of a contract. */
export type AnyReply<C extends Contract> = ReplyOf<C, CommandType<C>>;

/**
 * Decides a group of commands of any types, in the order they came, no saga twice; answers in the same order. Taken
 * together they share their statements, and take their locks in one order.
 */
export type DecideGroup<C extends Contract, Store> = (
  commands: ReadonlyArray<AnyCommand<C>>,
  context: HandlerContext<Store>,
) => Promise<ReadonlyArray<AnyReply<C> | Later>>;

/**
 * The events that a reply makes public, published beside it. Made of the recorded reply and of nothing else: the inbox
 * row is all that must be kept, and whenever the reply is repeated its events are, byte for byte.
 */
export type EventsOf = (reply: Envelope) => readonly OutMessage[];

/** A participant as the harness runs it: what arrives has been checked against the contract. */
export interface Participant<Store> {
  readonly contract: Contract;
  readonly eventsOf?: EventsOf;
  readonly decide: (
    commands: ReadonlyArray<Command & { readonly type: string }>,
    context: HandlerContext<Store>,
  ) => Promise<ReadonlyArray<{ readonly type: string; readonly data: unknown } | Later>>;
}

/**
 * A participant that decides commands of all types together, typed by its contract and its store: a foreign reply does
 * not compile.
 */
export function defineBatchParticipant<C extends Contract>(
  contract: C,
  options: { eventsOf?: EventsOf } = {},
) {
  return <Store>(decide: DecideGroup<C, Store>): Participant<Store> => ({
    contract,
    ...options,
    decide: decide as Participant<Store>['decide'],
  });
}

/**
 * A participant of one handler a command type, each given all commands of its type in a group. Typed by its contract
 * and its store: a missing handler or a foreign reply does not compile.
 */
export function defineParticipant<C extends Contract>(contract: C) {
  return <Store>(handlers: Handlers<C, Store>): Participant<Store> => ({
    contract,
    async decide(commands, context) {
      const answers = new Map<string, { readonly type: string; readonly data: unknown } | Later>();
      for (const [type, ofType] of Map.groupBy(commands, (command) => command.type)) {
        const replies = await (handlers as Record<string, Participant<Store>['decide']>)[type]?.(
          ofType,
          context,
        );
        if (replies?.length !== ofType.length)
          throw new Error(`${type} answered ${replies?.length} of ${ofType.length}`);
        ofType.forEach((command, i) => void answers.set(command.id, replies[i] ?? LATER));
      }
      return commands.map((command) => answers.get(command.id) ?? LATER);
    },
  });
}

/** Makes a batch handler of one that decides a command at a time. */
export function each<Data, Store, Reply>(
  one: (command: Command<Data>, context: HandlerContext<Store>) => Promise<Reply>,
): (commands: ReadonlyArray<Command<Data>>, context: HandlerContext<Store>) => Promise<Reply[]> {
  return async (commands, context) => {
    const replies: Reply[] = [];
    for (const command of commands) replies.push(await one(command, context));
    return replies;
  };
}

/**
 * What the inbox alone tells of an undo's targets: `void` where the command never came, `refused` where it was refused.
 * What was done is the handler's to undo: it comes out as `done`.
 */
export function findings(command: Command, contract: Contract): UndoneData['found'] {
  const found: Record<string, Finding> = {};
  for (const target of command.targets) {
    const refused = Object.values(contract.commands).some(
      (c) => c.kind === 'forward' && c.refusal === target.replyType,
    );
    found[target.commandId] = target.state === 'tombstone' ? 'not-executed' : refused ? 'refused' : 'done';
  }
  return found;
}
