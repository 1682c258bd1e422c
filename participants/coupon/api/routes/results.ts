/** The route of tickets for the WebSocket of results; `../sockets/upgrade.ts` opens the socket itself. */
import * as z from 'zod';
import { admitReads } from '#platform/http/admission.ts';
import type { Description } from '#platform/http/operation.ts';
import { Problem } from '#platform/http/problem.ts';
import { measure, onlyMethods, type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { instant, link } from '#platform/http/schemas.ts';
import type { CouponApiParts } from '../api-parts.ts';
import { RESULTS_PATH } from '../paths.ts';
import { PROTOCOL, TICKET_PROTOCOL } from '../sockets/protocol.ts';
import { TICKET_MS, writeTicket } from '../ticket.ts';

const ticketAnswer = z
  .object({
    ticket: z.string(),
    expiresAt: instant,
    protocols: z.array(z.string()).describe('The subprotocols to offer on the WebSocket.'),
    links: z.object({ results: link }),
  })
  .meta({ id: 'Ticket', description: 'Valid once, for half a minute.' });

const CONNECTING: Description = {
  id: 'connectToResults',
  summary: 'The WebSocket that delivers results.',
  description: `Offer the protocols \`${PROTOCOL}\` and \`${TICKET_PROTOCOL}<ticket>\`; both ends then send JSON texts.`,
  roles: null,
  answers: { 101: { body: null } },
  problems: [
    'unauthenticated',
    'forbidden',
    'upgrade-required',
    'too-many-requests',
    'overloaded',
    'unavailable',
  ],
};

/** Registers the routes. */
export function resultRoutes(routes: Routes, parts: CouponApiParts): void {
  const { router, operations } = routes;
  resource(routes, `${RESULTS_PATH}/tickets`, {
    POST: {
      id: 'createTicket',
      summary: 'A ticket for the WebSocket of results.',
      roles: ['customer', 'service', ...VIEWERS],
      admit: admitReads(parts),
      answers: { 201: { body: ticketAnswer } },
      handle({ principal }) {
        const nowMs = parts.now();
        const ticket = writeTicket(parts.tickets, principal, nowMs);
        const body = {
          ticket,
          expiresAt: new Date(nowMs + TICKET_MS),
          protocols: [PROTOCOL, TICKET_PROTOCOL + ticket],
          links: { results: RESULTS_PATH },
        };
        return { status: 201, body };
      },
    },
  });

  // An upgrade never reaches this route.
  operations.push({ ...CONNECTING, method: 'GET', path: RESULTS_PATH });
  router.get(RESULTS_PATH, measure(RESULTS_PATH), () => {
    throw new Problem('upgrade-required', 'Connect with a WebSocket and a ticket', {
      headers: { upgrade: 'websocket' },
    });
  });
  onlyMethods(router, RESULTS_PATH, ['GET']);
}
