/** How Kafka's own tools sign in to a secured stack. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { authorityOf, isSecure } from './connections.ts';
import { ADMIN, passwordOf, secureFolder } from './secrets.ts';
import { LISTENER, SCRAM } from './servers.ts';

/** The options of a tool that reaches the brokers as the administrator; none for a stack without `--secure`. */
export function toolOptions(stack: string): string[] {
  if (!isSecure(stack)) return [];
  const file = join(secureFolder(stack), 'tools.properties');
  const settings = {
    'security.protocol': LISTENER,
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `${SCRAM} username="${ADMIN}" password="${passwordOf(stack, 'kafka', ADMIN)}";`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authorityOf(stack),
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return ['--command-config', file];
}
