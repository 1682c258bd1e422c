/** For tests: an API of the next build, which knows version 2 of the order too. */
import { runApi } from '../run-api.ts';
import { nextSagas } from '../sagas/order/testing/next.ts';

await runApi(nextSagas);
