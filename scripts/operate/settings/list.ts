/** Every setting of every process, from the schemas that parse them. */
import * as z from 'zod';
import { auditorConfig } from '#auditor/config.ts';
import { engineConfig } from '#orchestrator/config.ts';
import { apiConfig } from '#orchestrator/http/config.ts';
import { retentionConfig } from '#orchestrator/retention/config.ts';
import { couponApiConfig } from '#participants/coupon/api/config.ts';
import { issuerConfig } from '#participants/coupon/issuing/config.ts';
import { notificationConfig } from '#participants/notification/config.ts';
import { paymentConfig } from '#participants/payment/config.ts';
import { PARTICIPANTS } from '#participants/registry.ts';
import { processConfig } from '#platform/process/config.ts';
import { lingerConfig } from '#platform/process/cpu-shortage.ts';
import { metricsConfig } from '#platform/process/process.ts';
import { productionConfig } from '#platform/process/production.ts';
import { tracingConfig } from '#platform/process/tracing.ts';
import { replyKeyConfig } from '#runtime/sign-replies.ts';
import { simulatorConfig } from '#scripts/gateway-simulator/config.ts';
import { shopConfig } from '#scripts/shop/config.ts';

/** One setting, with the processes that read it. */
export interface Setting {
  readonly name: string;
  readonly processes: readonly string[];
  readonly type: string;
  /** null: none, and it may be left out; `required`: it may not. */
  readonly default: string | null;
  readonly meaning: string;
}

/** The schemas of a participant's settings beyond those that every process has. */
const OF_PARTICIPANTS: Readonly<Record<string, readonly z.ZodObject[]>> = {
  payment: [paymentConfig],
  notification: [notificationConfig],
  'coupon-issuer': [issuerConfig],
  coupons: [couponApiConfig],
};

const EVERYWHERE = [metricsConfig, lingerConfig, tracingConfig, productionConfig];

/** The schemas of each process, by its name. */
const SCHEMAS: ReadonlyMap<string, readonly z.ZodObject[]> = new Map<string, readonly z.ZodObject[]>([
  ['api', [apiConfig, ...EVERYWHERE]],
  ['engine', [engineConfig, ...EVERYWHERE]],
  ...PARTICIPANTS.map(({ name, contract, databaseVariable }) => {
    const ownDatabase = z.object({
      [databaseVariable]: z
        .string()
        .min(1)
        .optional()
        .describe('The database of these processes alone, instead of DATABASE_URL.'),
    });
    const own = [...(contract === null ? [] : [replyKeyConfig]), ...(OF_PARTICIPANTS[name] ?? [])];
    const declares = own.some(({ shape }) => databaseVariable in shape);
    return [name, [processConfig, ...own, ...(declares ? [] : [ownDatabase]), ...EVERYWHERE]] as const;
  }),
  ['auditor', [auditorConfig, ...EVERYWHERE]],
  ['retention', [retentionConfig, ...EVERYWHERE]],
  ['gateway simulator', [simulatorConfig, ...EVERYWHERE]],
  ['shop', [shopConfig, ...EVERYWHERE]],
]);

/** The schemas of a process's settings. @param name `gateway simulator` for the simulated gateway */
export function schemasOf(name: string): readonly z.ZodObject[] {
  return SCHEMAS.get(name) ?? [];
}

/**
 * The settings, by name. One that processes parse differently has an entry for each way.
 * @throws Error naming a setting without a meaning
 */
export function listSettings(): Setting[] {
  const found = new Map<string, Setting & { processes: string[] }>();
  for (const [process, schemas] of SCHEMAS)
    for (const [name, field] of schemas.flatMap((schema) => Object.entries(schema.shape))) {
      const setting = settingOf(name, field as z.ZodType);
      const key = JSON.stringify(setting);
      const known = found.get(key) ?? { ...setting, processes: [] };
      if (!known.processes.includes(process)) known.processes.push(process);
      found.set(key, known);
    }
  const all = [...found.values()].map((one) => ({ ...one, processes: allOf(one.processes) }));
  return all.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

function allOf(processes: readonly string[]): readonly string[] {
  return processes.length === SCHEMAS.size ? ['every process'] : processes;
}

function settingOf(name: string, field: z.ZodType): Omit<Setting, 'processes'> {
  const schema = z.toJSONSchema(field, { io: 'input', unrepresentable: 'any' });
  const meaning = field.description ?? innerDescription(field);
  if (meaning === undefined) throw new Error(`${name} has no meaning: describe it in its schema`);
  const isOptional = field.safeParse(undefined).success;
  const fallback = schema.default;
  return {
    name,
    type: typeOf(schema),
    default: fallback === undefined || fallback === '' ? (isOptional ? null : 'required') : String(fallback),
    meaning,
  };
}

/** A description survives only where it is the last word of a schema. */
function innerDescription(field: z.ZodType): string | undefined {
  const inner = (field as { def?: { innerType?: z.ZodType; in?: z.ZodType } }).def;
  const next = inner?.innerType ?? inner?.in;
  return next === undefined ? undefined : (next.description ?? innerDescription(next));
}

type Json = z.core.JSONSchema.BaseSchema;

function typeOf(schema: Json): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.anyOf !== undefined) {
    const some = schema.anyOf as Json[];
    return some.flatMap((one) => (one.const === '' ? [] : [typeOf(one)])).join(' or ');
  }
  if (schema.type === 'integer' || schema.type === 'number') return numberOf(schema);
  if (schema.format === 'uri') return 'address';
  return schema.format ?? 'text';
}

function numberOf({ type, minimum, exclusiveMinimum, maximum }: Json): string {
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const least = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const kind = type === 'integer' ? 'whole number' : 'number';
  const from =
    least !== undefined
      ? ` from ${least}`
      : exclusiveMinimum !== undefined
        ? ` above ${exclusiveMinimum}`
        : '';
  return `${kind}${from}${most === undefined ? '' : ` to ${most}`}`;
}

/** The settings as a page. */
export function settingsPage(settings: readonly Setting[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = settings.map(
    ({ name, processes, type, default: fallback, meaning }) =>
      `| \`${name}\` | ${processes.join(', ')} | ${cell(type)} | ${fallback === null ? '' : fallback === 'required' ? '**required**' : `\`${fallback}\``} | ${cell(meaning)} |`,
  );
  return [
    '# Settings',
    '',
    'Every environment variable of every process, generated from the schemas that parse them: `npm run settings -- --write`.',
    'An empty variable is an unset one. A malformed one, or a contradiction, stops the process at its start with a sentence',
    'that names the variable and what to write. Files of passwords and certificates are read again for each new connection;',
    'librdkafka, which consumes, reads certificates at its start only, so a process whose certificates of Kafka change closes',
    'in order and exits with 75 within half a minute, and its supervisor starts it again.',
    '',
    '| setting | read by | type | default | meaning |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
