/** `GET /v1/caller`: whom a token stands for, so that a client offers nothing that would be refused. */
import * as z from 'zod';
import { type Routes, resource } from '#platform/http/resource.ts';
import { ROLES } from '#platform/process/auth-tokens.ts';

const caller = z
  .object({ subject: z.string(), role: z.enum(ROLES) })
  .meta({ id: 'Caller', description: 'The holder of a token.' });

/** Registers the route. */
export function callerRoutes(routes: Routes): void {
  resource(routes, '/v1/caller', {
    GET: {
      id: 'getCaller',
      summary: 'The subject and the role of the token that the request bears.',
      roles: ROLES,
      answers: { 200: { body: caller } },
      handle: ({ principal: { subject, role } }) => ({ status: 200, body: { subject, role } }),
    },
  });
}
