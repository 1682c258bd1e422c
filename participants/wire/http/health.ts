/** `/livez`, `/readyz`, `/metrics`: for whoever watches the process; open to all who reach its port. */
import type { Router } from 'express';
import { answerHealth, type Readiness } from '../process.ts';
import { measure } from './resource.ts';

/** Puts the three on a router. */
export function healthRoutes(router: Router, readiness: Readiness): void {
  for (const path of ['/livez', '/readyz', '/metrics']) {
    router.get(path, measure(path), async (_request, response) => {
      await answerHealth(path, response, readiness);
    });
  }
}
