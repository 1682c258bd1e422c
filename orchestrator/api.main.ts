/** The API's process, with every saga of the product. */
import { runApi } from './run-api.ts';
import { sagas } from './sagas/index.ts';

await runApi(sagas);
