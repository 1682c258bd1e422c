/** For tests: an operator's actions at an API, and what became of them. */
import { actionStore } from '#orchestrator/store/action-store.ts';
import { openPrisma } from '#platform/postgres/prisma.ts';
import { SAGA_CONTROL } from '#protocol/topics.ts';
import { waitUntil } from '#scripts/run/wait-until.ts';
import type { TestApi } from './api.ts';
import type { Answer } from './client.ts';
import { CHARGING } from './engine.ts';

/** @param apiOf the API, once it has started */
export function actingAt(apiOf: () => TestApi) {
  return {
    /** An order whose charge was commanded. */
    async charging() {
      const id = await apiOf().placed();
      await apiOf().engine.happen(id, ...CHARGING);
      return id;
    },
    etagOf: async (id: string) =>
      (await apiOf().request(`/v1/sagas/${id}`, { as: 'viewer' })).headers.get('etag') ?? '',
    act: (id: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
      apiOf().request(`/v1/sagas/${id}/actions`, {
        as: 'operator',
        body: { reason: 'because', ...body },
        headers,
      }),
    actionsOf: (id: string) => actionStore(apiOf().db, openPrisma(apiOf().db)).ofSaga(id, 100),
    /** Waits for the published message of a saga, and has the engine handle it. */
    async taken(id: string, count = 1) {
      const control = () =>
        apiOf().published.filter(({ topic, key }) => topic === SAGA_CONTROL && key === id);
      await apiOf().engine.take(await waitUntil(control, (records) => records.length >= count));
    },
    async stateOf(answer: Answer) {
      const { body } = await apiOf().request(String(answer.headers.get('location')), { as: 'viewer' });
      return body;
    },
  };
}
