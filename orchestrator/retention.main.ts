/** The retention process. */
import { runRetention } from './run-retention.ts';

await runRetention();
