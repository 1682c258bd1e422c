/** Defines a participant: its contract, and a handler a command type that decides a whole batch. */
import type { CommandData, CommandType, Contract, Finding, ReplyOf, UndoneData } from '#protocol/contract.ts';
import type { Envelope, OutMessage } from '#protocol/envelope.ts';

/** A command, checked against its contract. */
export interface Command<Data = unknown> {
  /** `<sagaId>/<type>`: unique, and the key of its inbox row. */
  readonly id: string;
  /** The order's id. */
  readonly sagaId: string;
  readonly data: Data;
  /** Its W3C trace context, for a late reply. */
  readonly traceparent?: string | undefined;
  /** Of an undo or a revoke: the inbox's state of each command it names. Empty for a forward command. */
  readonly targets: readonly Target[];
}

/** A command that an undo names, with its inbox state. */
export interface Target {
  readonly commandId: string;
  /** tombstone: it never came and will be refused; open: begun and not answered; answered: see `replyType`. */
  readonly state: 'tombstone' | 'open' | 'answered';
  /** The type of the recorded reply (`payment.charged`), null unless answered. */
  readonly replyType: string | null;
}

/** Returned instead of a reply: the handler recorded an intent, and the participant's own worker replies. */
export const LATER = Symbol('a worker replies later');
export type Later = typeof LATER;

/** A handler's context. The transaction is open, so a handler must not call other systems. */
export interface HandlerContext<Store> {
  /** The participant's store in the open transaction. */
  readonly store: Store;
  readonly now: Date;
}

/** Decides a batch of commands of one type, at most one a saga; returns the replies in the same order. */
export type Handler<C extends Contract, T extends CommandType<C>, Store> = (
  commands: ReadonlyArray<Command<CommandData<C, T>>>,
  context: HandlerContext<Store>,
) => Promise<ReadonlyArray<ReplyOf<C, T> | Later>>;

export type Handlers<C extends Contract, Store> = {
  readonly [T in CommandType<C>]: Handler<C, T, Store>;
};

/** Any command of a contract, discriminated by its type. */
export type AnyCommand<C extends Contract> = {
  [T in CommandType<C>]: Command<CommandData<C, T>> & { readonly type: T };
}[CommandType<C>];
/** Any reply of a contract. */
export type AnyReply<C extends Contract> = ReplyOf<C, CommandType<C>>;

/**
 * Decides a group of commands of any types, in order of arrival and at most one a saga; returns the replies in the same
 * order. A group shares its statements and locks its rows in one order.
 */
export type DecideGroup<C extends Contract, Store> = (
  commands: ReadonlyArray<AnyCommand<C>>,
  context: HandlerContext<Store>,
) => Promise<ReadonlyArray<AnyReply<C> | Later>>;

/**
 * The public events beside a reply. They must follow from the recorded reply alone: a repeat of the reply then repeats
 * its events byte for byte.
 */
export type EventsOf = (reply: Envelope) => readonly OutMessage[];

/** A participant as the runtime runs it; commands are checked against the contract before. */
export interface Participant<Store> {
  readonly contract: Contract;
  readonly eventsOf?: EventsOf;
  readonly decide: (
    commands: ReadonlyArray<Command & { readonly type: string }>,
    context: HandlerContext<Store>,
  ) => Promise<ReadonlyArray<{ readonly type: string; readonly data: unknown } | Later>>;
}

/**
 * Defines a participant that decides commands of all types together. Typed by its contract and its store: a foreign
 * reply does not compile.
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
 * Defines a participant with one handler a command type, which gets all commands of its type in a group. Typed by its
 * contract and its store: a missing handler or a foreign reply does not compile.
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

/** Turns a handler of a single command into a batch handler. */
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
 * An undo's findings by the inbox alone: `not-executed` where the command never came, `refused` where it was refused,
 * else `done`, which the handler must undo.
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
