/** What a saga definition is, and the check that refuses at start-up what would go wrong at three in the morning. */
import type { AnyStateMachine } from 'xstate';
import type * as z from 'zod';
import { type CommandContract, type Contract, noticeTypes } from '#protocol/contract.ts';
import { COMPENSATE } from '../control.ts';
import type { Status } from '../saga.ts';
import { checkMachine } from './check-machine.ts';
import { type PureTransition, pureTransition } from './xstate-transition.ts';

/** How a command is built. An undo's data is the engine's: the ids it names. */
export interface CommandSpec {
  readonly contract: Contract;
  /** The data of a forward command, from the saga's input and context. */
  readonly data?: (input: never, context: never) => unknown;
  /** Its time-out leads back, so it carries a deadline after which its participant skips it. */
  readonly expires?: boolean;
}

/** How a event is built. */
export interface EventSpec {
  readonly topic: string;
  readonly schema: z.ZodType;
  readonly data: (input: never, context: never) => unknown;
}

/** A machine with its command builders, under a name and a version. */
export interface SagaDefinition {
  readonly name: string;
  readonly version: number;
  readonly machine: AnyStateMachine;
  /** The event that begins it. */
  readonly startedBy: string;
  /** The schema of its sagas' input. */
  readonly input: z.ZodType<{ readonly customerId: string }>;
  /** The fields of the input that lists show: of `amount` and `currency` those it has. */
  readonly listed: z.ZodObject;
  /** The fields of the input that viewers may see. */
  readonly shown: z.ZodObject;
  readonly commands: Readonly<Record<string, CommandSpec>>;
  readonly events: Readonly<Record<string, EventSpec>>;
  /** The context a saga begins with. */
  readonly begin: (input: never) => Record<string, unknown>;
  readonly statusOf: (state: string) => Status;
  /** The customer may cancel until this command was issued. */
  readonly cancelUntil: string;
  /** How long a state usually takes at the very most, ms, once its command was read; undefined: as long as it likes. */
  readonly normalMs?: (state: string) => number | undefined;
  /** What a person may correct in a saga that goes forward: schemas of the fields, all optional. */
  readonly editable?: { readonly input: z.ZodType; readonly context: z.ZodType };
  /** The limit that holds whatever the queue, ms: after it even an unread command is given up. */
  readonly scheduleToCloseMs: number;
}

/** A definition with what the engine checks up in it. */
export interface Registered extends SagaDefinition {
  /** Every reply type it understands, with the contract that declares it. */
  readonly replies: ReadonlyMap<string, { contract: Contract; topic: string; schema: z.ZodType }>;
  /** Notice types: `payment.delayed` → delayed. */
  readonly notices: ReadonlyMap<string, 'delayed' | 'parked'>;
  /** The machine, asked purely. */
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

/** The void of a command's participant, if it has one. */
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
 * @throws Error naming what is wrong: an event nobody sends, a delay that is not declared, an action that is not ours …
 */
export function register(definition: SagaDefinition): Registered {
  const fail = (what: string): never => {
    throw new Error(`definition ${definition.name} v${definition.version}: ${what}`);
  };
  const contracts = [...new Set(Object.values(definition.commands).map((command) => command.contract))];
  const replies: Map<string, { contract: Contract; topic: string; schema: z.ZodType }> = new Map();
  const notices: Map<string, 'delayed' | 'parked'> = new Map();
  for (const contract of contracts) {
    for (const [type, reply] of Object.entries(contract.replies)) {
      replies.set(type, { contract, topic: reply.topic, schema: reply.data });
    }
    const { delayed, parked } = noticeTypes(contract);
    notices.set(delayed, 'delayed').set(parked, 'parked');
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
  if (definition.commands[definition.cancelUntil] === undefined)
    fail(`${definition.cancelUntil} is no command of it`);
  if (!(definition.scheduleToCloseMs > 0)) fail(`a second limit of ${definition.scheduleToCloseMs} ms`);
  // Any step may be skipped by a person, so every void its participants know is a command of it.
  const tombstones = contracts.flatMap((contract) =>
    Object.entries(contract.commands).flatMap(([type, { kind }]) =>
      kind === 'revoke' ? [[type, { contract }]] : [],
    ),
  );
  checkMachine(definition, new Set([...replies.keys(), definition.startedBy, COMPENSATE]), fail);
  const commands = { ...Object.fromEntries(tombstones), ...definition.commands };
  return {
    ...definition,
    commands,
    replies,
    notices,
    contracts,
    transition: pureTransition(definition.machine),
  };
}
