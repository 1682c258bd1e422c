/** The harness on real PostgreSQL. */

import { batchContract } from './testing/batch.contract.ts';
import { postgresToyBench } from './testing/bench.ts';
import { booksContract } from './testing/books.contract.ts';
import { openTestDatabase } from './testing/database.ts';

const open = () => postgresToyBench(openTestDatabase);
booksContract('on PostgreSQL', open);
batchContract('on PostgreSQL', open);
