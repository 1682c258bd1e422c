/** The auditor's OpenAPI document. */
import { openApiContract } from '#platform/http/testing/openapi.contract.ts';
import { type AuditorParts, auditorApp } from './app.ts';

describe("the auditor's openapi.json", () => {
  // The document needs none of the parts: no route is called.
  const parts = {} as unknown as AuditorParts;
  openApiContract(() => auditorApp(parts, () => null));
});
