/**
 * What the alerts and the dashboards name exists: an alert on an unknown metric would never fire, and a panel of one would
 * stay empty.
 */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LOG_EVENTS } from '#platform/process/log-events.ts';
import { processTable } from '#scripts/run/processes.ts';
import { root } from '#scripts/run/stack/places.ts';
import { DASHBOARDS } from './definitions.ts';
import { dashboardFiles } from './generate.ts';

/** What exporters that are not ours have. */
const OTHERS = [
  'up',
  'ALERTS',
  'process_cpu_seconds_total',
  'process_resident_memory_bytes',
  'process_start_time_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'jvm_memory_used_bytes',
  'jvm_memory_max_bytes',
  'node_cpu_seconds_total',
  'node_filesystem_avail_bytes',
  'node_filesystem_size_bytes',
  'node_memory_MemAvailable_bytes',
  'node_memory_MemTotal_bytes',
  'node_filesystem_readonly',
  'node_time_seconds',
  'pg_up',
  'pg_stat_activity_count',
  'pg_settings_max_connections',
  'pg_stat_database_xact_commit',
  'pg_stat_database_xact_rollback',
  'pg_database_size_bytes',
  'redis_up',
  'redis_memory_used_bytes',
  'redis_memory_max_bytes',
];
/** Words of PromQL that resemble metrics. */
const WORDS =
  /^(?:sum|max|min|avg|count|rate|increase|histogram_quantile|by|without|on|ignoring|group_left|and|or|unless|time|scalar|abs|absent|absent_over_time|present_over_time|last_over_time|max_over_time|min_over_time|changes|resets|vector|offset|bool|le|clamp_max|clamp_min|label_replace|timestamp|delta|deriv|predict_linear|sum_over_time|count_over_time|avg_over_time|topk|quantile)$/;

const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
const CODE = globSync('{participants,orchestrator,auditor,scripts/gateway-simulator}/**/*.ts', {
  cwd: root,
}).filter((path) => !/\.(test|int)\.ts$|testing/.test(path));
const RULES = globSync('deploy/prometheus/rules/*.yml', { cwd: root });

/** The names that a query reads: without its labels, strings, windows and the lists of `by`. */
function namesIn(query: string): string[] {
  const bare = query
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^{}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left)\s*\([^)]*\)/g, '')
    .replaceAll(/offset\s+\w+/g, '');
  const names = bare.match(/[A-Za-z_][\w:]*/g) ?? [];
  return names.filter((name) => !WORDS.test(name) && !/^(?:[smhdwy]|e\d+)$/.test(name));
}

/** The expressions of a rule file, also those that go on over several lines. */
function expressionsIn(yaml: string): string[] {
  return [...yaml.matchAll(/^( *)(?:- )?expr: (.*)\n((?:\1 {2,}.*\n)*)/gm)].map(
    ([, , first = '', more = '']) => `${first.replace(/^>-?$|^\|-?$/, '')}\n${more}`.replaceAll(/#.*$/gm, ''),
  );
}

describe('what observes the system', () => {
  const exported = new Set([
    ...OTHERS,
    ...CODE.flatMap((path) =>
      [...textOf(path).matchAll(/new (?:Counter|Gauge|Histogram)\(\{\s*name: '(\w+)'/g)].map(
        ([, name]) => name,
      ),
    ),
    ...[...textOf('deploy/local/jmx-exporter.yml').matchAll(/^ {4}name: (\w+)$/gm)].map(([, name]) => name),
    ...RULES.flatMap((path) => [...textOf(path).matchAll(/record: ([\w:]+)/g)].map(([, name]) => name)),
  ]);
  const isExported = (name: string) =>
    exported.has(name) || exported.has(name.replace(/_(?:bucket|sum|count)$/, ''));

  it('reads metrics that are exported: rules', () => {
    const queries = RULES.flatMap((path) => expressionsIn(textOf(path)));
    expect(queries.length).to.be.above(50);
    const unknown = queries.flatMap(namesIn).filter((name) => !isExported(name));
    expect([...new Set(unknown)]).to.deep.equal([]);
  });

  it('reads metrics that are exported: dashboards', () => {
    const queries = DASHBOARDS.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map(([query]) => query)),
    );
    const unknown = queries.flatMap(namesIn).filter((name) => !isExported(name));
    expect([...new Set(unknown)]).to.deep.equal([]);
  });

  it('scrapes every process, and misses one that is not scraped', () => {
    const setting = { engines: 1, issuers: 1, gateway: 'none', shop: false, observe: false } as const;
    const processes = processTable(setting).map(({ name }) => name);
    const scraped = [...textOf('deploy/prometheus/prometheus.yml').matchAll(/job_name: (\S+)/g)].map(
      ([, name]) => name,
    );
    const machines = textOf('deploy/prometheus/rules/machines.yml');
    const expected = [
      ...textOf('deploy/prometheus/rules/jobs.yml').matchAll(
        /record: expected_job\n.*vector\(1\)\n.*job: (\S+) \}/g,
      ),
    ].map(([, name]) => name);
    expect(expected).to.have.members(processes);
    const servers = [...machines.matchAll(/absent\(up\{job="([^"]+)"\}\)/g)].map(([, name]) => name);
    expect([...expected, ...servers]).to.have.members(scraped);
    expect(machines).to.match(/alert: JobAbsent\n.*\n *expr: >-\n *expected_job unless on \(job\) up\n/);
    expect(machines).to.match(
      /alert: ServiceDown\n *expr: max by \(job\) \(up\) == 0 and on \(job\) expected_job\n/,
    );
  });

  it('asks a question with every panel', () => {
    for (const { panels } of DASHBOARDS) for (const { title } of panels) expect(title).to.match(/\?$/);
  });

  it('has the dashboards as they are defined: node scripts/operate/dashboards/main.ts', () => {
    const folder = join(root, 'deploy/grafana/dashboards');
    const files = new Map(
      readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]),
    );
    expect(files).to.deep.equal(dashboardFiles());
  });

  it('has a runbook for every alert, in the index too, and an alert for every runbook', () => {
    const alerts = RULES.flatMap((path) =>
      [...textOf(path).matchAll(/alert: (\w+)/g)].map(([, name]) => name),
    );
    const index = textOf('deploy/runbooks/README.md');
    for (const alert of alerts) {
      expect(existsSync(join(root, `deploy/runbooks/${alert}.md`)), alert).to.equal(true);
      expect(index, alert).to.include(`${alert}.md`);
    }
    const pages = readdirSync(join(root, 'deploy/runbooks')).filter((file) => file !== 'README.md');
    expect(new Set(pages)).to.deep.equal(new Set(alerts.map((alert) => `${alert}.md`)));
  });

  it('names in the runbooks only events that a log line may have', () => {
    const pages = readdirSync(join(root, 'deploy/runbooks')).map((file) => textOf(`deploy/runbooks/${file}`));
    const searched = pages.flatMap((page) =>
      [...page.matchAll(/dc logs[^`]*grep '([^']*)'/g)].flatMap(([, pattern = '']) => pattern.split('\\|')),
    );
    const words = searched
      .map((one) => one.replaceAll(/"|\\[()]/g, ''))
      .filter((one) => !one.startsWith('level'));
    expect(words.length).to.be.above(10);
    const known = Object.keys(LOG_EVENTS);
    const unknown = words.filter(
      (word) => !known.some((event) => event.includes(word)) && !/^(?:warn|error)/.test(word),
    );
    expect(unknown).to.deep.equal([]);
  });
});
