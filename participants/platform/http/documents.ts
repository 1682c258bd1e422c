/** Serves the machine-readable contracts, without a token: they hold no data. */
import * as z from 'zod';
import { openApiDocument } from './openapi.ts';
import type { Described } from './operation.ts';
import { measure, onlyMethods, type Routes } from './resource.ts';

export interface Documents {
  readonly title: string;
  /** One more paragraph about the API. */
  readonly about: string;
  /** Of a process with messages. */
  readonly asyncApi?: object;
}

const ASYNC_API: Described = {
  method: 'GET',
  path: '/asyncapi.json',
  id: 'getAsyncApi',
  summary: 'The AsyncAPI document: the message types of each topic.',
  roles: null,
  answers: { 200: { body: z.looseObject({ asyncapi: z.string() }) } },
};

const OPEN_API: Described = {
  method: 'GET',
  path: '/openapi.json',
  id: 'getOpenApi',
  summary: 'The OpenAPI document: this document.',
  roles: null,
  answers: { 200: { body: z.looseObject({ openapi: z.string() }) } },
};

/** Adds `/asyncapi.json` and `/openapi.json` to a router, last: the latter describes the routes before it. */
export function documentRoutes(routes: Routes, { title, about, asyncApi }: Documents): void {
  if (asyncApi !== undefined) routes.operations.push(ASYNC_API);
  routes.operations.push(OPEN_API);
  if (asyncApi !== undefined) serve(routes, ASYNC_API.path, asyncApi);
  serve(routes, OPEN_API.path, openApiDocument(title, routes.operations, about));
}

function serve({ router }: Routes, path: string, document: object): void {
  const text = JSON.stringify(document);
  router.get(path, measure(path), (_request, response) => {
    response.type('application/json').send(text);
  });
  onlyMethods(router, path, ['GET', 'HEAD']);
}
