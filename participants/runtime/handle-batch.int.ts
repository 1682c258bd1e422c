/** The runtime's contracts on real PostgreSQL. */
import { batchContract } from './testing/batch.contract.ts';
import { postgresToyBench } from './testing/bench.ts';
import { openTestDatabase } from './testing/database.ts';
import { unitOfWorkContract } from './testing/unit-of-work.contract.ts';

const open = () => postgresToyBench(openTestDatabase);
unitOfWorkContract('on PostgreSQL', open);
batchContract('on PostgreSQL', open);
