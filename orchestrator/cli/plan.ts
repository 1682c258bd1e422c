/** Shows the plan of an action on one saga: its messages, their totals, what follows, and the hash. */
import { printableIn } from '#platform/process/printable.ts';
import { type ActionOptions, paramsOf } from './actions.ts';
import { inWords } from './get.ts';
import { table } from './output.ts';
import type { Plan } from './shapes.ts';

/** A plan as text: each message with its content, the totals, what follows, and the hash. */
export function planText(given: Plan): string {
  const plan = printableIn(given);
  if (plan.outcome === 'refused') return `Not possible: ${plan.detail}.`;
  if (plan.outcome === 'waits') return `Accepted, but ${plan.detail}.`;
  const { state = '', sends, holds = [], totals = [], afterwards, planHash } = plan;
  const ahead =
    afterwards === undefined
      ? []
      : [...afterwards.steps.map((step) => inWords({ ...step, awaited: false })), afterwards.state];
  const parts = [
    `It goes to ${state} and sends ${sends.length === 0 ? 'nothing' : 'exactly'}`,
    sends.length === 0 ? '' : messages(sends),
    holds.map((id) => `It holds ${id} until it is resumed`).join('\n'),
    totals.length === 0
      ? ''
      : table(
          ['MOVES', '', 'AT MOST'],
          totals.map(({ kind, effect, text }) => [kind, effect, text]),
        ),
    ahead.length === 0 ? '' : `Then, if all goes well: ${ahead.join(' → ')}`,
    planHash === undefined ? '' : `Plan ${planHash}`,
  ];
  return parts.filter(Boolean).join('\n');
}

function messages(sends: Plan['sends']): string {
  const lines = sends.map(({ id, topic, again, data }) => [
    id,
    topic,
    again ? 'again' : '',
    data === undefined ? '' : JSON.stringify(data),
  ]);
  return table(['MESSAGE', 'TOPIC', 'SENT', 'CONTENT'], lines);
}

/** The parameters of an action as arguments. */
export function argumentsOf(options: ActionOptions): string[] {
  const { evidence, toVersion, ...documents } = paramsOf(options);
  return [
    ...(evidence === undefined ? [] : ['--evidence', evidence]),
    ...(toVersion === undefined ? [] : ['--to-version', String(toVersion)]),
    ...Object.entries(documents).flatMap(([name, value]) => [`--${name}`, JSON.stringify(value)]),
  ];
}
