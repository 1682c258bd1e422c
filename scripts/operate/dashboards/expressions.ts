/** Expressions of PromQL that the panels share. */

export const rate = (metric: string, by = '') => `sum${by && ` by (${by})`} (rate(${metric}[1m]))`;
export const quantile = (q: number, metric: string, by = '') =>
  `histogram_quantile(${q}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket[5m])))`;
export const mean = (metric: string) => `${rate(`${metric}_sum`)} / ${rate(`${metric}_count`)}`;
/** Every engine measures all groups. */
export const lag = (metric: string) => `max by (group, topic) (${metric})`;
