/** Changes settings and quotas of the local brokers with Kafka's own tool. */
import { kafkaTool } from '#scripts/run/stack/kafka-tool.ts';

const CONFIG_COMMAND = 'kafka.admin.ConfigCommand';

async function alter(brokers: string, what: readonly string[], settings: Settings): Promise<void> {
  const set = Object.entries(settings).filter(([, value]) => value !== null);
  const dropped = Object.entries(settings).filter(([, value]) => value === null);
  const args = ['--bootstrap-server', brokers, '--alter', ...what];
  if (set.length > 0) args.push('--add-config', set.map(([name, value]) => `${name}=${value}`).join(','));
  if (dropped.length > 0) args.push('--delete-config', dropped.map(([name]) => name).join(','));
  await kafkaTool(CONFIG_COMMAND, args);
}

/** By name; null: back to the default. */
type Settings = Readonly<Record<string, string | null>>;

export function setTopic(brokers: string, topic: string, settings: Settings): Promise<void> {
  return alter(brokers, ['--entity-type', 'topics', '--entity-name', topic], settings);
}

/** Quotas of every client, such as `producer_byte_rate`. */
export function setQuota(brokers: string, settings: Settings): Promise<void> {
  return alter(brokers, ['--entity-type', 'clients', '--entity-default'], settings);
}
