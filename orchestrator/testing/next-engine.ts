/** For tests: an engine of the next build, which knows version 2 of the order too. */
import { runEngine } from '../run-engine.ts';
import { nextSagas } from '../sagas/order/testing/next.ts';

await runEngine(nextSagas);
