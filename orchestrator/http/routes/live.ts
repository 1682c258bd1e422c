/** Live events: the moves of one saga, and those of a list, as server-sent events. */
import * as z from 'zod';
import { streamResource } from '#platform/http/event-stream.ts';
import { type Routes, VIEWERS } from '#platform/http/resource.ts';
import { flag, idInPath } from '#platform/http/schemas.ts';
import { canonical } from '#platform/http/validate.ts';
import { openText, resetText } from '../live/event.ts';
import { PAGE_MOVES, PAGES } from '../live/feed.ts';
import { readPosition, readVersion } from '../live/position.ts';
import { type ApiParts, sagaOr404 } from '../parts.ts';
import { status } from '../views/status.ts';

const COMMON = `It begins with the event \`open\`; after it each transition is an event \`move\`. Send the last \`id\` you received as
\`Last-Event-ID\` to go on after it, at any API: nothing is missing then and nothing comes twice. After the event \`reset\` read again what
you follow, for moves are missing. A comment comes every 15 s; without one for 45 s, connect again. The event \`end\` names the reason
(\`token-ended\`, \`too-old\` after an hour, \`shutting-down\`). A client that does not read is disconnected, not buffered.`;

const listQuery = z.strictObject({
  status: status.optional(),
  state: z.string().min(1).max(200).optional().describe('A state; it matches its child states too.'),
  stuck: flag,
  customerId: z.string().min(1).max(100).optional(),
  moves: flag.describe('`false`: no moves, counts only.'),
  counts: flag.describe(
    'With the numbers of active, stuck, stalled and paused sagas by state, each time they have changed.',
  ),
});

/** Registers the routes, before those of a saga by its id. */
export function liveRoutes(routes: Routes, parts: ApiParts): void {
  streamResource(routes, '/v1/sagas/events', {
    id: 'followSagas',
    summary: 'The moves of sagas, live, and their numbers, as server-sent events.',
    description: `${COMMON} The list goes back ${(PAGES * PAGE_MOVES).toLocaleString('en')} moves. \`matches\` is false where the move took the saga out of the list.
A stall ends with a move, so there is no filter \`stalled\`: the counts show stalls. An incident that the engine raises outside a move
shows in the counts and with the next move.`,
    roles: VIEWERS,
    reads: { query: listQuery },
    problems: ['overloaded', 'too-many-requests'],
    async handle({ principal, query, lastEventId }, open) {
      const { status: wanted = null, state = null, customerId = null } = query;
      canonical([state, customerId]);
      const filter = {
        status: wanted,
        state,
        stuck: query.stuck === undefined ? null : query.stuck === 'true',
        customerId,
      };
      const wants = { wantsMoves: query.moves !== 'false', wantsCounts: query.counts === 'true' };
      const position = lastEventId === undefined ? null : readPosition(lastEventId);
      parts.live.list({ principal, filter, ...wants, position }, open);
    },
  });

  streamResource(routes, '/v1/sagas/:id/events', {
    id: 'followSaga',
    summary: 'The moves of one saga, live, as server-sent events.',
    description: `${COMMON} A saga’s events go back to its first move: their ids are its versions.`,
    roles: VIEWERS,
    reads: { params: idInPath },
    problems: ['overloaded', 'too-many-requests'],
    async handle({ principal, params, lastEventId }, open) {
      const given = lastEventId === undefined ? null : readVersion(lastEventId);
      const { row } = await sagaOr404(parts, params.id);
      // A later version than the saga's: the database was restored to an earlier time.
      const isKnown = given !== null && given <= row.version;
      const version = isKnown ? given : row.version;
      parts.live.saga({ principal, sagaId: row.id, version }, open, (stream) => {
        if (given !== null && !isKnown) stream.send(resetText('unknown-position', String(version)));
        if (given === null)
          stream.send(
            openText({ sagaId: row.id, version, state: row.state, status: row.status }, String(version)),
          );
      });
    },
  });
}
