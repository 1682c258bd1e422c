/** A participant's contract: its commands, the replies to each, and their topics. */
import * as z from 'zod';
import { SAGA_REPLIES } from './topics.ts';

/** An undo's finding about a command it names; `done` only where a revoke found it done and undid nothing. */
export type Finding = 'not-executed' | 'refused' | 'undone' | 'done';

/** `data` of every undo: the ids of the commands it undoes. */
export const undoData = z.object({ undoes: z.array(z.string().min(1).max(300)).min(1).max(50) });
export type UndoData = z.infer<typeof undoData>;

/** `data` of every reply to an undo. */
export const undoneData = z.object({
  found: z.record(z.string(), z.enum(['not-executed', 'refused', 'undone', 'done'])),
});
export type UndoneData = z.infer<typeof undoneData>;

/** `data` of a refusal: a code for programs and a text for people. */
export const refusalData = z.object({ code: z.string().max(100), text: z.string().max(1000).optional() });
export type RefusalData = z.infer<typeof refusalData>;

/** `data` of a notice (`payment.delayed`, `payment.incident`), which is no reply. */
export const noticeData = z.object({
  code: z.string().max(100),
  text: z.string().max(1000),
  attempt: z.number().int().optional(),
  nextTryAt: z.iso.datetime().optional(),
});
export type NoticeData = z.infer<typeof noticeData>;

/** One command of a contract. */
export interface CommandContract {
  /** forward: a step; undo: compensates the steps it names; revoke: forbids the commands it names. */
  readonly kind: 'forward' | 'undo' | 'revoke';
  readonly data: z.ZodType;
  /** The reply once it is done. */
  readonly success: string;
  /** The reply when it will never be done. */
  readonly refusal: string;
  /** Of an undo: the types of the commands it undoes. */
  readonly undoes?: readonly string[];
}

/** A reply's topic and the schema of its data. */
export interface ReplyContract {
  readonly topic: string;
  readonly data: z.ZodType;
}

/** A participant's contract. Contracts only grow. */
export interface Contract {
  /** The participant's name: the prefix of its types, its consumer group, its PostgreSQL schema. */
  readonly name: string;
  /** The one channel its commands arrive on. */
  readonly channel: string;
  readonly commands: Readonly<Record<string, CommandContract>>;
  readonly replies: Readonly<Record<string, ReplyContract>>;
  /** Codes of its notices that say that it keeps to a pace it is given: its answers go on, and only come later. */
  readonly paced?: readonly string[];
}

/** Types a contract, and checks that it declares every reply and every undone command that it names. */
export function defineContract<const C extends Contract>(contract: C): C {
  for (const [type, command] of Object.entries(contract.commands)) {
    for (const reply of [command.success, command.refusal]) {
      if (!(reply in contract.replies))
        throw new Error(`${type} names the reply ${reply}, which is not declared`);
    }
    for (const undone of command.undoes ?? []) {
      if (contract.commands[undone]?.kind !== 'forward')
        throw new Error(`${type} undoes ${undone}, no forward command`);
    }
  }
  return contract;
}

/** The environment variable with a participant's own connection string: `SHIPPING_DATABASE_URL`. */
export function databaseVariableOf(schema: string): string {
  return `${schema.toUpperCase()}_DATABASE_URL`;
}

/** A refusal, which travels on `saga-replies`. */
export const refusal = { topic: SAGA_REPLIES, data: refusalData } satisfies ReplyContract;
/** A reply to an undo, which travels on `saga-replies`. */
export const undone = { topic: SAGA_REPLIES, data: undoneData } satisfies ReplyContract;

/**
 * A notice's kind. delayed: the reply is late, the participant retries. pending: the participant has acted, and a third
 * party decides in its own time, so the participant keeps the clock. parked: the command cannot be handled. incident: an
 * operator is needed for a command, whether or not it has been answered; of an answered undo: it no longer holds.
 */
export type NoticeKind = 'delayed' | 'pending' | 'parked' | 'incident';
export const NOTICE_KINDS: readonly NoticeKind[] = ['delayed', 'pending', 'parked', 'incident'];

/** A participant's notice type: `payment.delayed`. */
export function noticeType(contract: Pick<Contract, 'name'>, kind: NoticeKind): string {
  return `${contract.name}.${kind}`;
}

export type CommandType<C extends Contract> = keyof C['commands'] & string;
export type CommandData<C extends Contract, T extends CommandType<C>> = z.infer<C['commands'][T]['data']>;
/** The replies a command permits, each with its data: a foreign reply does not compile. */
export type ReplyOf<C extends Contract, T extends CommandType<C>> = {
  [R in C['commands'][T]['success'] | C['commands'][T]['refusal']]: {
    readonly type: R;
    readonly data: R extends keyof C['replies'] ? z.infer<C['replies'][R]['data']> : never;
  };
}[C['commands'][T]['success'] | C['commands'][T]['refusal']];
