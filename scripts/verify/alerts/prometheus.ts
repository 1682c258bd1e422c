/** Reads the alerts that fire now. */
import * as z from 'zod';
import type { Expected } from './drill.ts';

const answer = z.object({
  data: z.object({
    alerts: z.array(z.object({ state: z.string(), labels: z.record(z.string(), z.string()) })),
  }),
});

/** An alert that fires, by its labels; `alertname` is one of them. */
export type Firing = Readonly<Record<string, string>>;

/** @param prometheus its base URL. @throws when it does not answer */
export async function firingAlerts(prometheus: string): Promise<Firing[]> {
  const response = await fetch(`${prometheus}/api/v1/alerts`);
  const { data } = answer.parse(await response.json());
  return data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels);
}

/** Whether the alert fires. */
export function fires({ alert, labels = {} }: Expected, firing: readonly Firing[]): boolean {
  return firing.some(
    (one) =>
      one['alertname'] === alert && Object.entries(labels).every(([name, value]) => one[name] === value),
  );
}

export function nameOf({ alert, labels = {} }: Expected): string {
  const given = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return given.length === 0 ? alert : `${alert}{${given.join(',')}}`;
}
