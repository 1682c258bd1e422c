/** Generates the dashboards as Grafana's JSON: three panels a row, in the order of their definitions. */
import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  type Panel as GrafanaPanel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as CurveBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Dashboard, Panel } from './dashboard.ts';
import { DASHBOARDS } from './definitions.ts';

const WIDTH = 24;
const PANELS_A_ROW = 3;
const HEIGHT = 8;
/** Whichever Prometheus the Grafana has. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own variable.
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The JSON of every dashboard, by the name of its file. */
export function dashboardFiles(): Map<string, string> {
  return new Map(DASHBOARDS.map((one) => [`${one.uid}.json`, `${JSON.stringify(built(one), null, 2)}\n`]));
}

function built({ uid, title, panels }: Dashboard): object {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .tags(['order-saga-orchestrator'])
    .refresh('10s')
    .time({ from: 'now-1h', to: 'now' })
    .timezone('browser');
  panels.forEach((panel, i) => {
    const [column, row] = [i % PANELS_A_ROW, Math.floor(i / PANELS_A_ROW)];
    const w = WIDTH / PANELS_A_ROW;
    const place = { x: column * w, y: row * HEIGHT, w, h: HEIGHT };
    builder.withPanel({ build: () => ({ ...panelOf(panel), gridPos: place }) });
  });
  const variable = { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' };
  return { ...builder.build(), templating: { list: [variable] } };
}

function panelOf(panel: Panel): GrafanaPanel {
  const builder = panel.isNow ? new StatBuilder() : curve(panel);
  builder.title(panel.title).unit(panel.unit).datasource(DATASOURCE);
  if (panel.limit !== undefined) builder.thresholds(redFrom(panel.limit));
  panel.queries.forEach(([expression, legend], i) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + i))
      .expr(expression)
      .legendFormat(legend);
    builder.withTarget(query.datasource(DATASOURCE).exemplar(!panel.isNow));
  });
  return builder.build();
}

function curve({ limit }: Panel): CurveBuilder {
  const builder = new CurveBuilder().min(0);
  if (limit === undefined) return builder;
  return builder.thresholdsStyle(
    new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
  );
}

function redFrom(limit: number): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: 'green' },
    { value: limit, color: 'red' },
  ]);
}
