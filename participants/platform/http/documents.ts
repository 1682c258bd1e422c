/** The machine-readable contracts: open to all who reach the port, for they hold no data. */
import * as z from 'zod';
import { openApiDocument } from './openapi.ts';
import { measure, type Routes } from './resource.ts';

/** What a process says of itself. */
export interface Documents {
  readonly title: string;
  readonly asyncApi: object;
}

/** Puts `/asyncapi.json` and `/openapi.json` on a router: last, for the latter tells what is in front of it. */
export function documentRoutes(routes: Routes, { title, asyncApi }: Documents): void {
  routes.operations.push(
    {
      method: 'GET',
      path: '/asyncapi.json',
      id: 'getAsyncApi',
      summary: 'What travels on which topic: an AsyncAPI document.',
      roles: null,
      answers: { 200: { body: z.looseObject({ asyncapi: z.string() }) } },
    },
    {
      method: 'GET',
      path: '/openapi.json',
      id: 'getOpenApi',
      summary: 'This document.',
      roles: null,
      answers: { 200: { body: z.looseObject({ openapi: z.string() }) } },
    },
  );
  serve(routes, '/asyncapi.json', asyncApi);
  serve(routes, '/openapi.json', openApiDocument(title, routes.operations));
}

function serve({ router }: Routes, path: string, document: object): void {
  const text = JSON.stringify(document);
  router.get(path, measure(path), (_request, response) => {
    response.type('application/json').send(text);
  });
}
