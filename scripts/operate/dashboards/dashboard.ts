/** A dashboard: each of its panels answers the question that is its title. */

export type Unit = 'reqps' | 's' | 'short' | 'percentunit' | 'bytes' | 'ops' | 'dateTimeAsIso';

export interface Panel {
  /** A question. */
  readonly title: string;
  readonly unit: Unit;
  /** Expressions with the names of their series. */
  readonly queries: ReadonlyArray<readonly [expression: string, legend: string]>;
  /** One value now, in place of a curve. */
  readonly isNow?: true;
  /** Beyond this it is red. */
  readonly limit?: number;
}

export interface Dashboard {
  /** Names its file and its address. */
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}
