/** Graphs: of a definition's machine, and of one saga's way through it; as JSON, or as a Mermaid flowchart. */
import * as z from 'zod';
import { definitionKey } from '#engine/step-batch.ts';
import { type ParsedRequest, TextBody } from '#platform/http/operation.ts';
import { Problem } from '#platform/http/problem.ts';
import { type Routes, resource, VIEWERS } from '#platform/http/resource.ts';
import { idInPath } from '#platform/http/schemas.ts';
import { definitionOf } from '../act.ts';
import { type ApiParts, sagaOr404 } from '../parts.ts';
import { definitionGraphView, sagaGraphView } from '../views/graph.ts';
import { definitionGraph, sagaGraph } from '../views/graph-schema.ts';
import { MERMAID, mermaidOf } from '../views/mermaid.ts';

/** The most journal rows that a graph is drawn from: the newest ones. */
const JOURNAL_MAX = 1_000;

const graphQuery = z.strictObject({
  format: z
    .enum(['json', 'mermaid'])
    .optional()
    .describe(`Without it the header Accept decides: \`application/json\` or \`${MERMAID}\`.`),
});
const versionInPath = z.object({
  name: z.string().min(1).max(100),
  version: z.coerce.number().int().min(1).max(1_000_000),
});

/** Registers the routes. */
export function graphRoutes(routes: Routes, parts: ApiParts): void {
  resource(routes, '/v1/definitions/:name/:version/graph', {
    GET: {
      id: 'getDefinitionGraph',
      summary: 'The states and transitions of a definition, read from its machine.',
      roles: VIEWERS,
      reads: { params: versionInPath, query: graphQuery },
      answers: { 200: { body: definitionGraph, textType: MERMAID } },
      handle({ params: { name, version }, ...request }) {
        const definition = parts.definitions.get(definitionKey(name, version));
        if (definition === undefined)
          throw new Problem('not-found', `This API runs no version ${version} of ${name}`);
        const body = definitionGraphView(definition);
        return { status: 200, body: prefersMermaid(request) ? new TextBody(MERMAID, mermaidOf(body)) : body };
      },
    },
  });

  resource(routes, '/v1/sagas/:id/graph', {
    GET: {
      id: 'getSagaGraph',
      summary: 'The graph of a saga: which transitions it took, which are undone, and which remain.',
      description: 'Read from its machine, its journal and its remaining steps.',
      roles: VIEWERS,
      reads: { params: idInPath, query: graphQuery },
      answers: { 200: { body: sagaGraph, textType: MERMAID } },
      problems: ['conflict'],
      async handle({ params, ...request }) {
        const { row } = await sagaOr404(parts, params.id);
        const definition = definitionOf(parts, row);
        if (definition === null) {
          const version = `version ${row.definitionVersion} of ${row.definition}`;
          throw new Problem('conflict', `This API does not run ${version}: request it of one that does`);
        }
        const journal = await parts.views.journal(row.id, JOURNAL_MAX);
        const body = sagaGraphView(definition, row, journal, parts.now());
        return { status: 200, body: prefersMermaid(request) ? new TextBody(MERMAID, mermaidOf(body)) : body };
      },
    },
  });
}

function prefersMermaid({
  query,
  accepts,
}: Pick<ParsedRequest<{ query: typeof graphQuery }>, 'query' | 'accepts'>): boolean {
  if (query.format !== undefined) return query.format === 'mermaid';
  return accepts(['application/json', MERMAID]) === MERMAID;
}
