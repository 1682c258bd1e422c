/** The network between one process and all brokers: cut silently, or with every connection reset. */
import type { Fault } from '../fault.ts';
import type { Cut } from '../proxy.ts';

const HOLD_MS = 20_000;

/** Cuts a process off. `hasPeer`: another process takes over its share. */
export function cuttingOff(process: string, how: Cut, hasPeer: boolean): Fault {
  return {
    name: `${how === 'silent' ? 'cut' : 'reset'} ${process}`,
    holdMs: HOLD_MS,
    recoversFrom: hasPeer ? 'beginning' : 'end',
    noticed: null,
    // Its partitions go to another, or nobody has them.
    unready: { may: [process] },
    async inject({ proxies }) {
      const between = proxies[process] ?? [];
      for (const proxy of between) proxy.cut(how);
      return async () => {
        for (const proxy of between) proxy.heal();
      };
    },
  };
}
