/** A collector of spans for end-to-end tests: what the system exports, as it comes. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportRequest, type Span, spansIn } from '#scripts/operate/traces/spans.ts';

export interface Collector {
  readonly url: string;
  readonly spans: readonly Span[];
  close(): void;
}

export async function openCollector(): Promise<Collector> {
  const spans: Span[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      spans.push(...spansIn(exportRequest.parse(JSON.parse(body))));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
