/** Tickets for the WebSocket on which results are told; the socket itself is opened in `../sockets/upgrade.ts`. */
import type { Router } from 'express';
import { answer } from '../../../wire/http/answer.ts';
import { Problem } from '../../../wire/http/problem.ts';
import { measure, resource, VIEWERS } from '../../../wire/http/resource.ts';
import { admittedToLook } from '../admit.ts';
import type { CouponApiParts } from '../parts.ts';
import { PROTOCOL, TICKET_PROTOCOL } from '../sockets/protocol.ts';
import { TICKET_MS, writeTicket } from '../ticket.ts';
import { RESULTS_PATH } from './requests.ts';

/** Puts the routes on a router. */
export function resultRoutes(router: Router, parts: CouponApiParts): void {
  resource(router, parts.tokens, `${RESULTS_PATH}/tickets`, {
    POST: {
      roles: ['customer', 'service', ...VIEWERS],
      handle(request, response, principal) {
        admittedToLook(parts, request, principal);
        const nowMs = parts.now();
        const ticket = writeTicket(parts.tickets, principal, nowMs);
        answer(response, 201, {
          ticket,
          expiresAt: new Date(nowMs + TICKET_MS).toISOString(),
          /** What to offer as the WebSocket's protocols. */
          protocols: [PROTOCOL, TICKET_PROTOCOL + ticket],
          links: { results: RESULTS_PATH },
        });
      },
    },
  });

  router.all(RESULTS_PATH, measure(RESULTS_PATH), () => {
    throw new Problem('upgrade-required', 'Connect with WebSocket, under a ticket', {
      headers: { upgrade: 'websocket' },
    });
  });
}
