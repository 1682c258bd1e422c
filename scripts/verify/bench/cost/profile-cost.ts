/** What a CPU profile says of a process: how its main thread's time divides among the kinds of work. */
import { kindOf, NODE } from './kinds.ts';

/** A profile as V8 writes it, as far as it is read here. https://chromedevtools.github.io/devtools-protocol/tot/Profiler/ */
export interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }>;
  /** The leaf of each sample. */
  readonly samples: readonly number[];
  /** µs since the sample before. */
  readonly timeDeltas: readonly number[];
}

/**
 * Time by kind of work, µs. A sample counts for the innermost frame whose file has a kind: what Node or the language does
 * counts for its caller. Waiting counts for nothing.
 */
export function timeByKind({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const kinds = new Map<number, string | null>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (id: number, callers: string | null) => {
    const node = byId.get(id);
    if (node === undefined) return;
    const { functionName, url } = node.callFrame;
    const kind = functionName === '(idle)' ? null : (kindOf(functionName, url) ?? callers ?? NODE);
    kinds.set(id, kind);
    for (const child of node.children ?? []) visit(child, functionName === '(root)' ? null : kind);
  };
  const [root] = nodes;
  if (root !== undefined) visit(root.id, null);
  const times = new Map<string, number>();
  for (const [nth, leaf] of samples.entries()) {
    const kind = kinds.get(leaf) ?? null;
    if (kind !== null) times.set(kind, (times.get(kind) ?? 0) + (timeDeltas[nth] ?? 0));
  }
  return times;
}
