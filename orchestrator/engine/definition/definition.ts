/** What a saga definition is, and its validation at start-up. */
import type { AnyStateMachine } from 'xstate';
import type * as z from 'zod';
import {
  type CommandContract,
  type Contract,
  NOTICE_KINDS,
  type NoticeKind,
  noticeType,
} from '#protocol/contract.ts';
import { COMPENSATE } from '../control.ts';
import type { Status } from '../saga.ts';
import { checkMachine } from './check-machine.ts';
import { type PureTransition, pureTransition } from './xstate-transition.ts';

/*
 * The builders are methods, which TypeScript compares bivariantly: a saga writes them for its own `Input` and `Context`,
 * and the engine calls them with what it reads from a row. Only `input` and `begin` ever write these columns.
 */

/** How the engine builds a command. It builds an undo's data itself, from the command ids to undo. */
export interface CommandSpec<Input = unknown, Context = unknown> {
  readonly contract: Contract;
  /** The data of a forward command. */
  data?(input: Input, context: Context): unknown;
  /** Its time-out leads to compensation, so it carries a deadline after which its participant skips it. */
  readonly expires?: boolean;
}

/** How the engine builds an event. */
export interface EventSpec<Input = unknown, Context = unknown> {
  readonly topic: string;
  readonly schema: z.ZodType;
  data(input: Input, context: Context): unknown;
}

/** What stands while an undo is not done. */
export interface AtStake {
  /** In the currency's minor unit. */
  readonly money?: { readonly amount: number; readonly currency: string };
  readonly stock?: ReadonlyArray<{ readonly sku: string; readonly quantity: number }>;
  readonly coupon?: string;
  readonly shipment?: string;
}

/** A message that an action would send. */
export interface PlannedData {
  readonly type: string;
  readonly data: unknown;
}

/** What messages move, at the most: of one kind and thing, to one effect. */
export interface Total {
  /** Such as `money` or `stock`. */
  readonly kind: string;
  /** Such as `refunded` or `released`. */
  readonly effect: string;
  /** Of money the currency, else the thing. */
  readonly of: string;
  /** Of money in the currency's minor unit, else pieces. */
  readonly quantity: number;
}

/** A machine with everything its saga needs of the engine, the stores and the API, under a name and a version. */
export interface SagaDefinition<Input = unknown, Context = unknown> {
  readonly name: string;
  readonly version: number;
  readonly machine: AnyStateMachine;
  /** The input that starts a saga; an API accepts nothing else. */
  readonly input: z.ZodType<Input>;
  /** The columns of listings: fields of the input. */
  readonly listed: z.ZodObject;
  /** The fields of the input that viewers may see; all others stay hidden from them. */
  readonly shown: z.ZodObject;
  /** The customer a saga belongs to. */
  customerOf(input: Input): string;
  /** The event that starts it. */
  readonly startedBy: string;
  readonly commands: Readonly<Record<string, CommandSpec<Input, Context>>>;
  readonly events: Readonly<Record<string, EventSpec<Input, Context>>>;
  /** The context a saga starts with. */
  begin(input: Input): Context;
  readonly statusOf: (state: string) => Status;
  /** The customer may cancel until the saga issues the command `until`; from then on the engine answers `refusal`. */
  readonly cancellation: { readonly until: string; readonly refusal: string };
  /** The longest a state usually lasts, ms, once a participant has read its command; undefined: no usual length. */
  readonly normalMs?: (state: string) => number | undefined;
  /** The fields an operator may correct in a running saga: schemas whose fields are all optional. */
  readonly editable?: { readonly input: z.ZodType; readonly context: z.ZodType };
  /** What stands while an undo of a type is not done; without it nobody is shown that. */
  atStake?(undo: string, input: Input, context: Context): AtStake;
  /** The most that messages of a saga move, for the plan of an action; without it a plan shows no totals. */
  totals?(messages: readonly PlannedData[], input: Input, context: Context): readonly Total[];
  /** The limit of a command from its issue on, ms, read or unread: after it the saga gives the command up. */
  readonly scheduleToCloseMs: number;
}

/** Types a definition by its `input` schema and its context, and returns it as the engine handles every saga. */
export function defineSaga<Input, Context extends Readonly<Record<string, unknown>>>(
  definition: SagaDefinition<Input, Context>,
): SagaDefinition {
  return definition;
}

/** A definition with the indexes the engine reads. */
export interface Registered extends SagaDefinition {
  /** The machine's first state. */
  readonly initialState: string;
  /** Every reply type it handles, with the contract that declares it. */
  readonly replies: ReadonlyMap<string, { contract: Contract; topic: string; schema: z.ZodType }>;
  /** Notice types: `payment.delayed` → delayed. */
  readonly notices: ReadonlyMap<string, NoticeKind>;
  /** The machine's pure transition. */
  readonly transition: PureTransition;
  /** Its contracts, one a participant. */
  readonly contracts: readonly Contract[];
}

/** The contract of one of a definition's commands. */
export function contractOf(definition: SagaDefinition, type: string): CommandContract {
  const contract = definition.commands[type]?.contract.commands[type];
  if (contract === undefined) throw new Error(`${definition.name} has no command ${type}`);
  return contract;
}

/** The revoke command of a command's participant, if it has one. */
export function revokeOf(definition: SagaDefinition, type: string): string | undefined {
  const contract = definition.commands[type]?.contract;
  return Object.keys(contract?.commands ?? {}).find((one) => contract?.commands[one]?.kind === 'revoke');
}

/** The undo of a forward command's type, if it has one. */
export function undoOf(definition: SagaDefinition, type: string): string | undefined {
  return Object.keys(definition.commands).find((undo) => contractOf(definition, undo).undoes?.includes(type));
}

/**
 * Checks a definition and prepares it for the engine.
 * @throws Error naming the defect: an event nobody sends, an undeclared delay, an action the engine does not implement …
 */
export function register(definition: SagaDefinition): Registered {
  const fail = (what: string): never => {
    throw new Error(`definition ${definition.name} v${definition.version}: ${what}`);
  };
  const contracts = [...new Set(Object.values(definition.commands).map((command) => command.contract))];
  const replies: Map<string, { contract: Contract; topic: string; schema: z.ZodType }> = new Map();
  const notices: Map<string, NoticeKind> = new Map();
  for (const contract of contracts) {
    for (const [type, reply] of Object.entries(contract.replies)) {
      replies.set(type, { contract, topic: reply.topic, schema: reply.data });
    }
    for (const kind of NOTICE_KINDS) notices.set(noticeType(contract, kind), kind);
  }
  for (const [type, spec] of Object.entries(definition.commands)) {
    const command =
      spec.contract.commands[type] ?? fail(`${type} is not in the contract of ${spec.contract.name}`);
    if (command.kind !== 'forward') continue;
    if (spec.data === undefined) fail(`${type} has no data builder`);
    if (undoOf(definition, type) === undefined) fail(`nothing undoes ${type}, should it succeed too late`);
  }
  if (definition.events[definition.startedBy] === undefined)
    fail(`${definition.startedBy} is no event of it`);
  const { until } = definition.cancellation;
  if (definition.commands[until] === undefined) fail(`${until} is no command of it`);
  if (!(definition.scheduleToCloseMs > 0)) fail(`scheduleToCloseMs is ${definition.scheduleToCloseMs}`);
  // An operator may skip any step, so the saga needs every revoke command of its participants.
  const revokes = contracts.flatMap((contract) =>
    Object.entries(contract.commands).flatMap(([type, { kind }]) =>
      kind === 'revoke' ? [[type, { contract }]] : [],
    ),
  );
  const initialState = checkMachine(
    definition,
    new Set([...replies.keys(), definition.startedBy, COMPENSATE]),
    fail,
  );
  const commands = { ...Object.fromEntries(revokes), ...definition.commands };
  return {
    ...definition,
    initialState,
    commands,
    replies,
    notices,
    contracts,
    transition: pureTransition(definition.machine),
  };
}
