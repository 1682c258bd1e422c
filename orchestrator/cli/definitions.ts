/** `saga definitions list|activate`: the versions of definitions, and the activation of one. */
import type { Context } from './context.ts';
import { type Format, render, renderOne, table } from './output.ts';
import { type Approval, planThenApply } from './plan-first.ts';

interface Planned {
  readonly changed: boolean;
  readonly before: number | null;
}

interface Definition {
  readonly definition: string;
  readonly version: number;
  readonly active: boolean;
  readonly liveSagas: number;
  readonly knownBy: readonly string[];
  readonly unknownTo: readonly string[];
}

/** Lists every version that a process runs, that is active, or that has live sagas. */
export async function listDefinitions({ api, out }: Context, { output }: { output: Format }): Promise<void> {
  const { items } = await api.get<{ items: Definition[] }>('/v1/definitions');
  out(render(output, items, asTable));
}

/** Activates a version: new sagas begin under it from then on. Activating the older one reverts that. */
export async function activateDefinition(
  context: Context,
  name: string,
  version: number,
  options: Approval,
): Promise<void> {
  const done = await planThenApply<Planned, { changed: boolean }>(context, options, {
    act: { path: `/v1/definitions/${encodeURIComponent(name)}/activations`, fields: { version } },
    text: ({ changed, before }) =>
      changed
        ? `New sagas of ${name} would begin under v${version}${before === null ? '' : ` instead of v${before}`}`
        : `${name} v${version} is active already`,
    question: `Activate ${name} v${version}?`,
    command: () => ['definitions', 'activate', name, String(version)],
  });
  if (done === null) return;
  const text = ({ changed }: typeof done) =>
    changed
      ? `${name} v${version} is active: new sagas begin under it`
      : `${name} v${version} was active already`;
  context.out(renderOne(options.output, done, text));
}

function asTable(items: readonly Definition[]): string {
  if (items.length === 0) return 'no definitions: no engine has started yet';
  return table(
    ['DEFINITION', 'VERSION', 'ACTIVE', 'LIVE SAGAS', 'KNOWN BY', 'UNKNOWN TO'],
    items.map(({ definition, version, active, liveSagas, knownBy, unknownTo }) => [
      definition,
      String(version),
      active ? 'yes' : '',
      String(liveSagas),
      knownBy.join(', '),
      unknownTo.join(', '),
    ]),
  );
}
