/** The verbs that act on one saga: what each does, what it needs, and the request it becomes. */
import { type Command, InvalidArgumentError } from 'commander';

/** What a verb's options say of its action, beyond the reason. */
export interface ActionOptions {
  readonly evidence?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly toVersion?: number;
}

/** One action, as the command line offers it. */
interface ActionVerb {
  readonly name: string;
  readonly what: string;
  readonly options?: (verb: Command) => Command;
}

export const ACTION_VERBS: readonly ActionVerb[] = [
  { name: 'retry', what: 'sends again what a saga waits for' },
  { name: 'compensate', what: 'takes a saga back, step by step' },
  { name: 'pause', what: 'has a saga hold what it would send; its clocks stand still' },
  { name: 'resume', what: 'lets a paused saga go on, and sends what it held' },
  {
    name: 'skip',
    what: 'counts the step as done, on evidence; its command is revoked first',
    options: (verb) =>
      verb
        .requiredOption('--evidence <text>', 'what proves that it was done another way')
        .option('--result <json>', 'what its success would have said, such as {"shipmentId":"…"}', fields),
  },
  {
    name: 'edit',
    what: 'corrects the input or the context and issues the step anew, once the old command is revoked',
    options: (verb) =>
      verb
        .option('--input <json>', 'fields of the input, such as {"shippingAddress":{…}}', fields)
        .option('--context <json>', 'fields of the context', fields),
  },
  {
    name: 'migrate',
    what: 'moves a saga to a newer version of its definition, which must accept it as it stands',
    options: (verb) => verb.requiredOption('--to-version <number>', 'such as 2', version),
  },
];

/** The part of the request that only some actions have. */
export function paramsOf({ evidence, result, input, context, toVersion }: ActionOptions): ActionOptions {
  return {
    ...(evidence !== undefined && { evidence }),
    ...(result !== undefined && { result }),
    ...(input !== undefined && { input }),
    ...(context !== undefined && { context }),
    ...(toVersion !== undefined && { toVersion }),
  };
}

function version(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Give a whole number from 1 up.');
  return value;
}

function fields(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below, with everything else that is no object.
  }
  throw new InvalidArgumentError('Give a JSON object.');
}
