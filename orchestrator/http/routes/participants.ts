/** Participants: the queue of each, who reads it and how fast, and the sagas that fail at it. */
import { ENGINE_GROUP } from '#engine/recovery/decide-recovery.ts';
import { ORCHESTRATOR_ITSELF } from '#engine/step/incident.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import type { ApiParts } from '../parts.ts';
import { participantList, participantListView, type Reader } from '../views/participants.ts';

/** Registers the route. */
export function participantRoutes(
  routes: Routes,
  { definitions, flows, failures, now }: Pick<ApiParts, 'definitions' | 'flows' | 'failures' | 'now'>,
): void {
  const readers = readersOf(definitions);

  resource(routes, '/v1/participants', {
    GET: {
      id: 'listParticipants',
      summary: 'The engines and each participant: members, queues, and the sagas that fail at them.',
      description:
        'Queues are as this API last observed them. Failures are those that the filters `failureParticipant` and `failureCode` of sagas find.',
      roles: VIEWERS,
      answers: { 200: { body: participantList } },
      async handle() {
        const found = await failures.count();
        return { status: 200, body: participantListView(readers, flows.lags(), found, now()) };
      },
    },
  });
}

/** The engines first, then the participants by name. */
function readersOf(definitions: ApiParts['definitions']): Reader[] {
  const contracts = [...definitions.values()].flatMap((one) => one.contracts);
  const names = [...new Set(contracts.map(({ name }) => name))].sort();
  return [
    { participant: ORCHESTRATOR_ITSELF, group: ENGINE_GROUP },
    ...names.map((name) => ({ participant: name, group: name })),
  ];
}
