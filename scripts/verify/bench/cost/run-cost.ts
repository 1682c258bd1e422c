/** `npm run bench -- cost`: what an order costs, by process and by kind of work, in one run with its throughput. */
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { stackDown, stackUp } from '#scripts/run/stack/stack.ts';
import { type RunOptions, runOrders } from '../orders/run-orders.ts';
import { onTarget } from '../target.ts';
import type { CostReport } from './cost-report.ts';
import { costWindow, profiling } from './cost-window.ts';
import { loadAtNextStart } from './statements.ts';

/**
 * Runs the orders' benchmark on a new stack whose processes are profiled and whose PostgreSQL counts its statements.
 * @throws StackProblem when a system runs on the stack
 */
export async function runCost(
  { stack, observe }: { stack: string; observe: boolean },
  options: RunOptions,
): Promise<CostReport> {
  const { print } = options;
  const { postgres } = await stackUp({ name: stack, observe, print });
  await loadAtNextStart(postgres);
  await stackDown(stack);
  const profiles = profiling();
  try {
    const where = { stack, observe, gateway: 'none', environment: profiles.environment, print } as const;
    return await onTarget(where, async (target) => {
      const window = costWindow(target, await target.pids(), profiles.folder);
      const run = await runOrders(target, { ...options, window });
      if (run.figures === null)
        throw new StackProblem(`No costs of a run without figures: ${run.refused.join('; ')}`);
      return { ...run, cost: await window.read() };
    });
  } finally {
    profiles.close();
  }
}
