/** Ours in the comparison: the system as the orders' benchmark starts it, its orders followed to `order-completed`. */
import { conditionsNow } from '../conditions.ts';
import { orderBodies } from '../orders/bodies.ts';
import { watchCompletions } from '../orders/completions.ts';
import { openPoster } from '../sockets.ts';
import { onTarget, type Target } from '../target.ts';
import type { Arm, ArmClient } from './arm.ts';
import type { OnEnd } from './closed-loop.ts';
import { OURS } from './names.ts';

const ACCEPTED = 202;

/** Runs `work` on ours. */
export function withOurs<T>(
  stack: string,
  print: (line: string) => void,
  work: (arm: Arm) => Promise<T>,
): Promise<T> {
  return onTarget({ stack, gateway: 'none', print }, async (target) =>
    work({
      name: OURS,
      version: conditionsNow({}).commit,
      databaseUrl: target.databaseUrl,
      pids: target.pids,
      open: (inFlight) => openClient(target, inFlight),
    }),
  );
}

async function openClient(target: Target, inFlight: number): Promise<ArmClient> {
  const run = `peers-${Date.now().toString(36)}`;
  const bodyOf = orderBodies();
  const waiting = new Map<string, OnEnd>();
  /** Completed before the answer with their id was read. */
  const early = new Set<string>();
  const completions = await watchCompletions(target, run, (id) => {
    const onEnd = waiting.get(id);
    if (onEnd === undefined) early.add(id);
    else {
      waiting.delete(id);
      onEnd(null);
    }
  });
  const headers = `authorization: Bearer ${target.token}\r\ncontent-type: application/json\r\n`;
  const poster = openPoster(target.apiUrl, headers, inFlight);
  return {
    send(n, onEnd) {
      poster.post('/v1/orders', `idempotency-key: ${run}-${n}\r\n`, bodyOf(n, 'good'), (status, body) => {
        if (status !== ACCEPTED) return onEnd(status === 0 ? 'no answer' : `status ${status}`);
        const { orderId } = JSON.parse(body) as { orderId: string };
        if (early.delete(orderId)) onEnd(null);
        else waiting.set(orderId, onEnd);
      });
    },
    async close() {
      poster.close();
      await completions.close();
    },
  };
}
