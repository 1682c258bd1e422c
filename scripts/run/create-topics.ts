/** Creates the topics on KAFKA_BROKERS (KAFKA_PREFIX in front of their names): for deployments, beside the migrations. */
import { createTopics } from '#platform/kafka/admin.ts';
import { checkProduction, runMain, StackProblem } from './stack/problem.ts';

await runMain(async () => {
  checkProduction();
  const { KAFKA_BROKERS: brokers, KAFKA_PREFIX: prefix = '' } = process.env;
  if (!brokers) throw new StackProblem('KAFKA_BROKERS names no broker: set it to host:port,….');
  await createTopics({ brokers, prefix });
  return 0;
});
