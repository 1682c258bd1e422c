/** Live events of a batch: its progress as it changes, as server-sent events. */
import { streamResource } from '#platform/http/event-stream.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, VIEWERS } from '#platform/http/resource.ts';
import { idInPath } from '#platform/http/schemas.ts';
import { isBatchEventId } from '../live/batch-feed.ts';
import type { ApiParts } from '../parts.ts';

const DESCRIPTION = `Each event \`progress\` is the batch as \`GET /v1/batches/{id}\` answers it: the first one at once, further ones when it has changed,
twice a second at the most. Send the last \`id\` you received as \`Last-Event-ID\` to go on after it, at any API: you receive an event if the
batch has changed since. A comment comes every 15 s; without one for 45 s, connect again. The event \`end\` names the reason (\`token-ended\`,
\`too-old\` after an hour, \`shutting-down\`). A client that does not read is disconnected, not buffered.`;

/** Registers the route. */
export function batchEventRoutes(
  routes: Routes,
  { batches, live }: Pick<ApiParts, 'batches' | 'live'>,
): void {
  streamResource(routes, '/v1/batches/:id/events', {
    id: 'followBatch',
    summary: 'The progress of a batch, live, as server-sent events.',
    description: DESCRIPTION,
    roles: VIEWERS,
    reads: { params: idInPath },
    problems: ['overloaded', 'too-many-requests'],
    async handle({ principal, params: { id }, lastEventId = null }, open) {
      if (lastEventId !== null && !isBatchEventId(lastEventId))
        throw new Problem('validation', 'Last-Event-ID is no id of an event of a batch');
      const batch = await batches.read(id);
      if (batch === null) throw new Problem('not-found', `There is no batch ${id}`);
      live.batch({ principal, batchId: batch.id, lastId: lastEventId }, open);
    },
  });
}
