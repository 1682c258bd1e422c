/** The part of DBOS's interface that the comparison uses, so that its types can be checked without the package. */
import { loadPeer } from '../packages.ts';

/** Of `@dbos-inc/dbos-sdk`. */
export interface DbosSdk {
  readonly DBOS: {
    setConfig(config: Readonly<Record<string, unknown>>): void;
    launch(): Promise<void>;
    shutdown(): Promise<void>;
    registerWorkflow<A extends unknown[], R>(
      work: (...args: A) => Promise<R>,
      config: { name: string },
    ): (...args: A) => Promise<R>;
    startWorkflow<A extends unknown[], R>(
      workflow: (...args: A) => Promise<R>,
      options: { workflowID: string },
    ): (...args: A) => Promise<{ getResult(): Promise<R> }>;
    runStep<R>(work: () => Promise<R>, options: { name: string }): Promise<R>;
    readonly workflowID: string | undefined;
    readonly stepID: number | undefined;
  };
}

/** A data source, as DBOS calls it: https://docs.dbos.dev/typescript/reference/plugins */
export interface DataSource {
  readonly name: string;
  initialize(): Promise<void>;
  destroy(): Promise<void>;
  deleteCheckpoints(workflow: string, fromStep: number, beforeCommit?: () => Promise<void>): Promise<void>;
  invokeTransactionFunction<A extends unknown[], R>(
    config: unknown,
    target: unknown,
    work: (...args: A) => Promise<R>,
    ...args: A
  ): Promise<R>;
}

/** Of `@dbos-inc/dbos-sdk/datasource`. */
export interface DataSourceSdk {
  registerDataSource(source: DataSource): void;
  runTransaction<R>(work: () => Promise<R>, name: string, options: { dsName: string }): Promise<R>;
  initializeDataSourceSchemaPG(execute: (text: string) => Promise<unknown[]>): Promise<void>;
  assertStillOwnsWorkflow(workflow: string): Promise<void>;
  replayRecordedStep<R>(recorded: { output: string | null; error: string | null }): R;
}

export const loadDbos = (): DbosSdk => loadPeer('@dbos-inc/dbos-sdk');
export const loadDataSource = (): DataSourceSdk => loadPeer('@dbos-inc/dbos-sdk/datasource');
