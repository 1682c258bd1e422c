/** For tests: the rules for every process's `openapi.json`, which must describe every route. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import type { Express } from 'express';
import { silent } from '#platform/process/log.ts';
import { listen } from '../server.ts';
import { faultsOfOpenApi } from './lint-openapi.ts';
import { checkBy, type DocumentedOperation, type OpenApiDocument, openApiOf } from './openapi.ts';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
}

/**
 * The tests of a document.
 * @param app built on parts that the tests never call
 */
export function openApiContract(app: () => Express): void {
  let document: OpenApiDocument;
  let server: Server;
  let url: string;
  let close: () => Promise<void>;
  before(async () => {
    server = createServer(app());
    close = await listen(server, { port: 0, host: '127.0.0.1', log: silent });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    document = await openApiOf(url);
  });
  after(() => close());

  const operations = (): Array<[string, DocumentedOperation]> =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]): [string, DocumentedOperation] => [
        `${method} ${path}`,
        one,
      ]),
    );

  it('is an OpenAPI 3.1 document, clean by Redocly’s linter', async () => {
    expect(document.openapi).to.match(/^3\.1\./);
    expect(await faultsOfOpenApi(document)).to.deep.equal([]);
  });

  it('gives each operation a unique id and a summary', () => {
    const ids = operations().map(([, { operationId }]) => operationId);
    expect(ids).to.deep.equal([...new Set(ids)]);
    for (const [name, { summary }] of operations()) expect(summary, name).to.match(/^\S.*[.]$/);
  });

  it('lists the problems of each operation', () => {
    for (const [name, { responses, security, parameters, requestBody }] of operations()) {
      const problems = Object.keys(responses).filter(
        (status) => responses[status]?.content?.['application/problem+json'] !== undefined,
      );
      const expected = [
        '500',
        ...(security.length > 0 ? ['401', '503'] : []),
        ...(parameters.some((one) => one.in === 'path') ? ['400', '404'] : []),
        ...(requestBody === undefined ? [] : ['400', '413', '415']),
      ];
      expect(problems, name).to.include.members(expected);
    }
  });

  it('has every route of the application, and no other', () => {
    const layers = (app().router as unknown as { stack: Layer[] }).stack;
    const routes = layers.flatMap(({ route }) => {
      if (route === undefined) return [];
      const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
      const methods = Object.keys(route.methods);
      // The route that refuses all other methods.
      if (methods.length > 1) expect(document.paths).to.have.property(path);
      return methods.length > 1 ? [] : [`${methods[0]} ${path}`];
    });
    expect(operations().map(([name]) => name)).to.have.members(routes);
  });

  it('describes the answers of every route without a token', async () => {
    const check = checkBy(document);
    for (const [name, { security }] of operations()) {
      if (security.length > 0) continue;
      const [method = '', path = ''] = name.split(' ');
      const response = await fetch(url + path);
      const { status, headers } = response;
      check({ method, path }, { status, headers, text: await response.text() });
    }
  });

  it('uses each schema it names, and names each it uses', () => {
    const used = JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g);
    const names = new Set([...used].map(([, name]) => name));
    expect(Object.keys(document.components.schemas)).to.have.members([...names]);
  });
}
