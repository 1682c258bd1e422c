/** The environment of what runs on the local stack: free of what a shell sets for other systems. */

/** Steers every JVM, every PostgreSQL client and server, Kafka's scripts, redis-cli, and npm's children. */
const FOREIGN =
  /^(PG[A-Z]\w*|KAFKA_\w+|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS|CLASSPATH|REDISCLI_\w+|NODE_OPTIONS|npm_\w+|(\w+_)?DATABASE_(URL|TLS|SESSIONS|\w+_FILE)|REDIS_\w+|LC_\w+|OTEL_\w+)$/;
const LOCAL_HOSTS = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * @param {NodeJS.ProcessEnv} inherited the shell's
 * @returns {NodeJS.ProcessEnv} it without those variables; no proxy stands between the parts of a machine
 */
export function localEnvironment(inherited) {
  const kept = Object.entries(inherited).filter(([name]) => !FOREIGN.test(name));
  const direct = [inherited.NO_PROXY ?? inherited.no_proxy, ...LOCAL_HOSTS].filter(Boolean).join(',');
  // UTF-8, or Java could not open a path with other letters; and no language in which an I is lower-cased to a dotless one.
  return { ...Object.fromEntries(kept), NO_PROXY: direct, no_proxy: direct, LC_ALL: 'C.UTF-8' };
}

/**
 * The environment of a command: without the settings of PostgreSQL's clients where it will use the local stack, which has
 * neither TLS nor a password. Where a DATABASE_URL names another server, they may belong to that.
 * @param {NodeJS.ProcessEnv} inherited
 * @returns {NodeJS.ProcessEnv}
 */
export function commandEnvironment(inherited) {
  const entries = Object.entries(inherited);
  const isElsewhere = entries.some(([name, value]) => /(^|_)DATABASE_URL$/.test(name) && value !== '');
  return isElsewhere ? inherited : Object.fromEntries(entries.filter(([name]) => !/^PG[A-Z]/.test(name)));
}
