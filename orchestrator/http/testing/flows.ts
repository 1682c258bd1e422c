/** For tests: how far groups have read, observed on real brokers, or not at all. */
import { type Flows, watchFlows } from '#orchestrator/broker/flows.ts';
import { brokerPositions } from '#orchestrator/broker/positions.ts';
import { silent } from '#platform/process/log.ts';

/** Brokers that answer, of whose queues nothing is known. */
export const NOT_OBSERVED = {
  flows: {
    of: () => ({ atMs: Date.now(), flows: [], paces: [], groups: [] }),
    lags: () => ({ observedAtMs: null, isStale: true, groups: [] }),
    observe: async () => {},
    close: async () => {},
  } as Flows,
  close: async () => {},
};

/** The real observation of real brokers. */
export async function openFlows(
  kafka: Parameters<typeof brokerPositions>[0],
  definitions: Parameters<typeof watchFlows>[0],
): Promise<typeof NOT_OBSERVED> {
  const positions = await brokerPositions(kafka);
  const flows = watchFlows(definitions, positions, silent, () => Date.now());
  return {
    flows,
    async close() {
      await flows.close();
      await positions.close();
    },
  };
}
