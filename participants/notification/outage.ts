/** A sign that something needed by all is away: raised by the first failure, taken down by the next success. */

export interface OutageSign {
  on(): boolean;
  /** Resolves when it is raised; at once if it is. */
  raised(): Promise<void>;
  /** Does the work and sets the sign by how it ends. */
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
