/** `npm run access`: prints who may do what, in the form of the system that enforces it. */
import { parseArgs } from 'node:util';
import { createRoles, grantDatabase, ownDatabase } from '#participants/access/database-roles.ts';
import { kafkaToolCommands, strimziUsers } from '#participants/access/kafka-acls.ts';
import { redisUserRules } from '#participants/access/redis-users.ts';
import { roleSettings } from '#participants/access/role-settings.ts';
import { runMain } from '../run/stack/problem.ts';
import { out, say } from '../run/terminal.ts';

const usage = `usage: npm run access -- kafka-tools [--prefix TEXT]               commands for kafka-acls.sh
       npm run access -- strimzi [--cluster NAME] [--prefix TEXT]  KafkaUser resources
       npm run access -- postgres-roles [--database NAME]          SQL for a superuser, before the migrations
       npm run access -- postgres [--database NAME]                SQL for a superuser, after the migrations
       npm run access -- postgres-sessions                         SQL for a superuser, where a pooler opens the sessions
       npm run access -- redis                                     ACL rules, without passwords`;

await runMain(async () => {
  const { form, prefix, cluster, database } = readArguments();
  if (form === 'kafka-tools') out(kafkaToolCommands(prefix));
  else if (form === 'strimzi') out(strimziUsers(cluster, prefix));
  else if (form === 'postgres-roles') out(`${createRoles()}\n${ownDatabase(database)}`);
  else if (form === 'postgres') out(`${createRoles()}\n${grantDatabase(database)}`);
  else if (form === 'postgres-sessions') out(roleSettings());
  else if (form === 'redis') out(redisUserRules().join('\n'));
  else {
    say(usage);
    return 2;
  }
  return 0;
}, usage);

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        prefix: { type: 'string', default: '' },
        cluster: { type: 'string', default: 'kafka' },
        database: { type: 'string', default: 'saga' },
      },
    });
    return { form: positionals.length === 1 ? positionals[0] : undefined, ...values };
  } catch (error) {
    say(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
