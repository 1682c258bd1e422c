/** The actions on a saga, each with its own options and parameters. */
import { type Command, InvalidArgumentError } from 'commander';
import { count } from './verbs/parts.ts';

/** The parameters of an action, apart from its reason. */
export interface ActionOptions {
  readonly evidence?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly toVersion?: number;
}

interface ActionVerb {
  readonly name: string;
  readonly what: string;
  readonly options?: (verb: Command) => Command;
}

export const ACTION_VERBS: readonly ActionVerb[] = [
  { name: 'retry', what: 'sends the awaited commands of a saga again' },
  { name: 'compensate', what: 'undoes the steps of a saga' },
  { name: 'pause', what: 'pauses a saga: it holds its messages back, and its clocks stop' },
  { name: 'resume', what: 'resumes a paused saga, and sends the messages it held' },
  {
    name: 'skip',
    what: 'counts a step as done, on evidence, after revoking its command',
    options: (verb) =>
      verb
        .requiredOption('--evidence <text>', 'proof that the step was done another way')
        .option('--result <json>', 'the data of its success, such as {"shipmentId":"…"}', jsonFields),
  },
  {
    name: 'edit',
    what: 'corrects the input or the context, and issues the step again after revoking the old command',
    options: (verb) =>
      verb
        .option('--input <json>', 'fields of the input, such as {"shippingAddress":{…}}', jsonFields)
        .option('--context <json>', 'fields of the context', jsonFields),
  },
  {
    name: 'migrate',
    what: 'moves a saga to a newer version of its definition, if that version accepts its state',
    options: (verb) => verb.requiredOption('--to-version <number>', 'such as 2', count),
  },
  { name: 'resolve', what: 'closes the incident of an ended saga that you have dealt with' },
];

/** The parameters that were given. */
export function paramsOf({ evidence, result, input, context, toVersion }: ActionOptions): ActionOptions {
  return {
    ...(evidence !== undefined && { evidence }),
    ...(result !== undefined && { result }),
    ...(input !== undefined && { input }),
    ...(context !== undefined && { context }),
    ...(toVersion !== undefined && { toVersion }),
  };
}

/** Parses a JSON object. */
export function jsonFields(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Reported below, like any other value that is no object.
  }
  throw new InvalidArgumentError('Give a JSON object.');
}
