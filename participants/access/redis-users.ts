/** The users of Redis, from the list of who may do what, as lines of its ACL file. */
import { createHash } from 'node:crypto';
import { ACCESS, REDIS_EXPORTER } from './access.ts';

/** What the caches need: their own keys, scripts on them, and the questions a client puts when it connects. */
const COMMANDS =
  '-@all +@read +@write +@scripting +@connection +@transaction -@dangerous -@blocking +info +ping';

/** What an exporter needs that reads no key and no setting. */
const EXPORTER_COMMANDS = '-@all +ping +info +client|setname +slowlog|len +slowlog|get +latency|latest';

/** The processes with a user, and the exporter. */
export const REDIS_USERS: readonly string[] = [
  ...ACCESS.filter(({ redisKeys }) => redisKeys !== null).map(({ process }) => process),
  REDIS_EXPORTER,
];

/** What each user may do, for `ACL SETUSER`. @param secret a user's password as Redis's rules have it, such as `#digest` */
export function redisUserRules(secret: (user: string) => string = () => '>PASSWORD'): string[] {
  const rules = (user: string, keys: string, commands: string) =>
    `user ${user} on ${secret(user)} resetkeys ${keys}resetchannels ${commands}`;
  return [
    ...ACCESS.flatMap(({ process, redisKeys }) =>
      redisKeys === null ? [] : [rules(process, `~${redisKeys} `, COMMANDS)],
    ),
    rules(REDIS_EXPORTER, '', EXPORTER_COMMANDS),
  ];
}

/**
 * The lines of `aclfile`, passwords as digests. The default user is off.
 * @param passwordOf a user's password
 * @param admin the user that may do everything
 */
export function redisAclFile(passwordOf: (user: string) => string, admin: string): string {
  const digest = (user: string) => `#${createHash('sha256').update(passwordOf(user)).digest('hex')}`;
  const all = `user ${admin} on ${digest(admin)} ~* &* +@all`;
  return ['user default off', all, ...redisUserRules(digest), ''].join('\n');
}
