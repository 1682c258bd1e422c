/** The orchestrator's OpenAPI document. */
import { openApiContract } from '#platform/http/testing/openapi.contract.ts';
import { apiApp } from './app.ts';
import type { ApiParts } from './parts.ts';

describe('openapi.json', () => {
  // The routes are only described, so no part is used.
  const parts = { definitions: new Map() } as unknown as ApiParts;
  openApiContract(() => apiApp(parts, () => null));
});
