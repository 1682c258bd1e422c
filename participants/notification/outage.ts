/** The sign of an outage: the first failure raises it, the next success clears it. */

export interface OutageSign {
  on(): boolean;
  /** Resolves when the sign is raised; at once if it is. */
  raised(): Promise<void>;
  /** Does the work; its success or failure sets the sign. */
  watch<T>(work: () => Promise<T>): Promise<T>;
}

export function outageSign(): OutageSign {
  let on = false;
  let { promise, resolve } = Promise.withResolvers<void>();
  return {
    on: () => on,
    raised: () => promise,
    async watch(work) {
      try {
        const value = await work();
        if (on) {
          on = false;
          ({ promise, resolve } = Promise.withResolvers<void>());
        }
        return value;
      } catch (error) {
        on = true;
        resolve();
        throw error;
      }
    },
  };
}
