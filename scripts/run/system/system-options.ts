/** The options of a system. */

export type SystemOptions = Readonly<{
  /** The stack; brought up where it does not run. Default: STACK, else `dev`. */
  stack?: string;
  brokers?: number;
  /** TLS, passwords and permissions; without it as the stack was made. */
  secure?: boolean;
  engines?: number;
  issuers?: number;
  gateway?: 'none' | 'simulator';
  /** Serves the demo shop's page. Default: false. */
  shop?: boolean;
  /** Runs Prometheus, Alertmanager and the exporters beside it. Default: false. */
  observe?: boolean;
  /** In front of every topic and group: lets several systems share a stack. Default: none. */
  prefix?: string;
  /** The database; made where it is missing. Default: the stack's own. */
  database?: string;
  /** Extra environment for every process, such as time-outs of steps. */
  environment?: Record<string, string>;
  /** Extra environment for one process, by its name. */
  environmentFor?: Record<string, Record<string, string>>;
  /** Another file for one process, by its name: tests run builds that are not the product's. */
  entryFor?: Record<string, string>;
  /** Which processes; default: all of the table. */
  only?: string[];
  /** Restarts a process that crashes. Default: true. */
  restarts?: boolean;
  readyWithinMs?: number;
  /** Aborted: the caller gives the start up, and the started processes are ended. */
  signal?: AbortSignal;
  print?: (line: string) => void;
}>;
