/** The part of Restate's interface that the comparison uses, so that its types can be checked without the package. */
import { loadPeer } from '../packages.ts';

/** What a handler may do: each action is journaled by the server before the handler goes on. */
export interface Context {
  run<R>(name: string, work: () => Promise<R>): Promise<R>;
  serviceClient<S>(service: { readonly name: string }): S;
}

type Handler<A, R> = (context: Context, argument: A) => Promise<R>;

/** A service's definition. */
export interface ServiceDefinition {
  readonly name: string;
}

/** Of `@restatedev/restate-sdk`. */
export interface RestateSdk {
  service<A, R>(definition: {
    readonly name: string;
    readonly handlers: Readonly<Record<string, Handler<A, R>>>;
  }): ServiceDefinition;
  /** An HTTP/2 server. */
  serve(options: {
    readonly services: readonly ServiceDefinition[];
    readonly port: number;
    readonly logger?: () => void;
  }): Promise<number>;
}

export const loadRestate = (): RestateSdk => loadPeer('@restatedev/restate-sdk');
