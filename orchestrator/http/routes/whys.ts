/** Why a saga is where it is, and until when. */
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idInPath } from '#platform/http/schemas.ts';
import { type ApiParts, sagaOr404 } from '../parts.ts';
import { whyView } from '../views/why.ts';
import { whyAnswer } from '../views/why-schema.ts';
import { observe } from '../why/observe.ts';

/** Registers the route. */
export function whyRoutes(routes: Routes, parts: ApiParts): void {
  resource(routes, '/v1/sagas/:id/why', {
    GET: {
      id: 'getSagaWhy',
      summary: 'Why a saga is where it is, and until when: one cause with its evidence, and a forecast.',
      description:
        'The cause is one of a closed list. The forecast follows from the queues before it and their speeds in the last seconds; where nothing moves, it says so.',
      roles: VIEWERS,
      reads: { params: idInPath },
      answers: { 200: { body: whyAnswer } },
      async handle({ params }) {
        const found = await sagaOr404(parts, params.id);
        return { status: 200, body: whyView(await observe(parts, found, { counts: true })) };
      },
    },
  });
}
