/** The engine's process, with every saga of the product. */
import { runEngine } from './run-engine.ts';
import { sagas } from './sagas/index.ts';

await runEngine(sagas);
