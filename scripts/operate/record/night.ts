/** The night that is recorded: many sagas whose refunds failed are found, planned, retried and brought to their ends. */
import type { Session } from './session.ts';

/** What happens behind the operator's back. */
export interface Gateway {
  /** Refunds work again. */
  mend(): Promise<void>;
}

/** Sagas to make stuck, and orders that end well beside them. */
export interface NightOptions {
  readonly stuck: number;
  readonly completed: number;
}

/** Plays the night. @throws Error where a command prints something else than the story needs */
export async function playNight(
  { say, type }: Session,
  gateway: Gateway,
  { stuck, completed }: NightOptions,
): Promise<void> {
  say(`The scene: ${stuck + completed} orders came in. ${stuck} of them go to a country that shipping does not serve, so the orchestrator
takes them back; and at that hour the gateway fails every refund. Each of the ${stuck} has an incident. The alert SagaStuck has called.`);
  say('How many are there, and do they have one cause?');
  const counts = await type('saga counts --stuck');
  const fingerprint = found(counts.output, /^(\S+) +payment +\S+ +\d+/m);
  say('One group. Some of them, and one in detail: why does it stand still?');
  await type(`saga list --fingerprint ${fingerprint} --sort longestInState --limit 5`);
  const listed = await type(`saga list --fingerprint ${fingerprint} --sort oldest --limit 1 -o jsonl`);
  const example = found(listed.output, /"sagaId":"([^"]+)"/);
  await type(`saga why ${example}`);

  say(`The gateway's status page says that refunds work again. A retry of all would issue ${stuck} refunds. What exactly? Without a
terminal to ask on and without \`--yes\` the command only plans.`);
  const retry = `saga retry --fingerprint ${fingerprint} --rps 20 --reason 'refunds work again, says the gateway'`;
  const planned = await type(retry, 3);
  say('Exactly this plan is approved, and followed to its end.');
  const stopped = await type(`${applied(planned.output)} --wait`, 1);
  say(`The status page was wrong. One saga was acted on first, its refund failed again, and the batch stopped itself: ${stuck - 1} sagas were
not touched.`);
  const batch = found(stopped.output, /saga batch resume (\S+)/);
  await type(`saga batch items ${batch} --outcome failed-again`);

  await gateway.mend();
  say('Later the gateway has really mended it. What does resuming the batch do?');
  const resuming = await type(`saga batch resume ${batch} --reason 'the gateway confirmed by phone'`, 3);
  await type(applied(resuming.output));
  say('It begins with one saga again, and grows while they end well.');
  await type(`saga batch watch ${batch}`, 3);

  say('One did not end well: the one of the first attempt, whose turn was over. It takes another act.');
  const again = await type(`saga batch items ${batch} --outcome failed-again -o jsonl`);
  const last = found(again.output, /"target":"([^"]+)"/);
  const one = await type(`saga retry ${last} --reason 'the first of the batch'`, 3);
  await type(`${applied(one.output)} --wait`);

  say('Is anything left?');
  await type('saga counts --stuck');
  await type('saga list --status failed --limit 3');
  say('What was done, by whom and why; and that nobody has changed a line of it since.');
  await type(`saga audit list --batch ${batch} --limit 5`);
  await type('saga audit list --action resume-batch');
  await type('saga audit verify');
  say('All outcomes, for whoever writes the report in the morning.');
  await type(`saga batch export ${batch} --format csv | head -4`);
  await type(`saga batch export ${batch} --format csv | cut -d, -f4 | sort | uniq -c`);
}

/** The command that an output says to apply a plan by, as it is typed here. */
function applied(output: string): string {
  return `saga ${found(output, /applies the plan: npm run -s saga -- (.*)$/m)}`;
}

function found(output: string, pattern: RegExp): string {
  const [, group] = pattern.exec(output) ?? [];
  if (group === undefined) throw new Error(`there is no ${pattern} in:\n${output}`);
  return group;
}
