/** Units of work as processes see them: each statement and each transaction is one event, whole, or it is none. */

import { RetryableError } from '#protocol/errors.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Life } from './scheduler.ts';
import type { World } from './world.ts';

/** Runs `work` as one event of a process, with the faults that may hit it. */
export function databaseCall<T>(world: World, life: Life, work: () => Promise<T>): Promise<T> {
  const { faults, scheduler, random } = world;
  return new Promise((resolve, reject) => {
    const delayMs = faults.occurs('slowDatabase') ? random.between(500, 6_000) : world.latency();
    scheduler.in(delayMs, life, async () => {
      if (world.crashes(life, 'before a database call')) return;
      if (faults.occurs('databaseAway')) {
        reject(new RetryableError('database-unavailable', 'the database does not answer'));
        return;
      }
      let done: () => void;
      try {
        const result = await work();
        done = () => resolve(result);
      } catch (error) {
        done = () => reject(error);
      }
      if (world.crashes(life, 'after a database call, before its result')) return;
      if (faults.occurs('unknownCommit')) {
        world.story.add(life.name, 'loses the result of its transaction');
        reject(new RetryableError('database-outcome-unknown', 'the connection broke'));
        return;
      }
      if (life.name.startsWith(faults.day.standing ?? '') && faults.occurs('standstill'))
        world.standStill(life);
      done();
    });
  });
}

/** A participant's unit of work as one of its processes reaches it. */
export function unitOfWorkOf<Store>(
  world: World,
  life: Life,
  unitOfWork: UnitOfWork<Store>,
): UnitOfWork<Store> {
  return {
    transaction: (work) => databaseCall(world, life, () => unitOfWork.transaction(work)),
    alone: (verb) => databaseCall(world, life, () => unitOfWork.alone(verb)),
    isDataFault: unitOfWork.isDataFault,
  };
}

type Port = Record<string, (...args: never[]) => Promise<unknown>>;

/** A process's store: each call of its methods is one event. */
export function storeOf<P extends object>(world: World, life: Life, store: P): P {
  const calls = Object.entries(store as Port).map(([name, call]) => [
    name,
    (...args: never[]) => databaseCall(world, life, () => call(...args)),
  ]);
  return Object.fromEntries(calls) as P;
}
