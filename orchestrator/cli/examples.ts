/** Examples of the command line, as `saga help` shows them. A test runs each. */
import type { Command } from 'commander';

export interface Example {
  /** As a person types it behind `saga`; capital words stand for something of theirs. */
  readonly line: string;
  readonly about: string;
}

/** The way of somebody who was woken up. */
const NIGHT: readonly Example[] = [
  { line: 'counts --active', about: 'how many sagas there are by state and age, and what fails alike' },
  { line: 'list --stuck --sort longestInState', about: 'those that need a person, the longest first' },
  { line: 'get SAGA', about: 'one of them: where it is, what it waits for, what failed' },
  { line: 'history SAGA --messages', about: 'how it came there' },
  { line: 'retry SAGA --reason "the gateway is back" --dry-run', about: 'what a retry would send, exactly' },
  { line: 'retry SAGA --reason "the gateway is back"', about: 'the same, and the question whether to do it' },
  { line: 'audit list --saga SAGA', about: 'who did what, and why' },
];

/** By command. */
const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  list: [
    {
      line: 'list --status compensating --min-in-state 10m',
      about: 'those that have been going back for long',
    },
    { line: 'list --customer ada --created-after 2h -o jsonl', about: 'of a customer, for a program' },
  ],
  counts: [{ line: 'counts --stuck', about: 'only what needs a person' }],
  participants: [
    { line: 'participants', about: 'who is behind, by how much, and since when' },
    { line: 'participants --topics', about: 'the same, topic by topic' },
  ],
  'view save': [
    {
      line: 'view save stuck-long --stuck --min-in-state 10m --shared --reason "for the shift"',
      about: 'for everybody',
    },
  ],
  get: [{ line: 'get SAGA -o json', about: 'for a program' }],
  history: [{ line: 'history SAGA --diff', about: 'with what each transition changed' }],
  graph: [
    { line: 'graph SAGA', about: 'its way through the states' },
    { line: 'graph --definition order/1 --mermaid', about: 'the whole machine, for a document' },
  ],
  retry: [{ line: 'retry SAGA --reason "the gateway is back" --yes --wait 120', about: 'and how it ended' }],
  pause: [{ line: 'pause SAGA --reason "fraud check"', about: 'holds it where it is' }],
  skip: [
    {
      line: `skip SAGA --evidence "paid in cash, receipt 12" --result '{"chargeId":"cash-12","amount":4990,"currency":"EUR"}' --reason "the terminal was down" --dry-run`,
      about: 'what it would send',
    },
  ],
  edit: [
    {
      line: `edit SAGA --input '{"payment":{"method":"pm_card_mastercard"}}' --reason "another card" --dry-run`,
      about: 'corrects the input of a step, revokes its command and sends it anew',
    },
  ],
  migrate: [
    {
      line: 'migrate SAGA --to-version 2 --reason "the fix of the deadline" --dry-run',
      about: 'whether version 2 takes it',
    },
  ],
  'brake set': [
    {
      line: 'brake set payment.charge --reason "the gateway is down"',
      about: 'no saga is charged until it is released',
    },
  ],
  'campaign create': [
    { line: 'campaign create "Opening" --total 100 --percent 10', about: 'what it would issue' },
  ],
  'profile add': [
    {
      line: 'profile add production --url https://orders.example --token-file TOKEN_FILE --use',
      about: 'a server, and where its token lies',
    },
  ],
  completion: [{ line: 'completion bash', about: 'source <(saga completion bash) in ~/.bashrc' }],
};

/** Every example, with the words of its command. */
export const ALL_EXAMPLES: ReadonlyArray<Example & { readonly of: string }> = [
  ...NIGHT.map((one) => ({ ...one, of: '' })),
  ...Object.entries(EXAMPLES).flatMap(([of, some]) => some.map((one) => ({ ...one, of }))),
];

/** The program with its examples in its help. */
export function withExamples(saga: Command): Command {
  saga.addHelpText('after', text('At three in the morning:', NIGHT));
  for (const [words, examples] of Object.entries(EXAMPLES)) {
    const command = words
      .split(' ')
      .reduce<Command | undefined>((at, word) => at?.commands.find((one) => one.name() === word), saga);
    if (command === undefined) throw new Error(`there is no command ${words} to show examples of`);
    command.addHelpText('after', text('Examples:', examples));
  }
  return saga;
}

function text(title: string, examples: readonly Example[]): string {
  return ['', title, ...examples.flatMap(({ line, about }) => [`  saga ${line}`, `      ${about}`])].join(
    '\n',
  );
}
