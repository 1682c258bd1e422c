/** Moves a saga to a newer version of its definition, where that accepts it as it stands. */
import type { AnyStateNode } from 'xstate';
import { describeIssues } from '#protocol/codec.ts';
import type { Envelope } from '#protocol/envelope.ts';
import { ACTION, type ActionData, actionData, migrateParams } from '../control.ts';
import type { Registered } from '../definition/definition.ts';
import type { SagaRow } from '../saga.ts';

/** The target version of a migration; null for every other message. */
export function migratesTo({ type, data }: Envelope): number | null {
  if (type !== ACTION) return null;
  const { success, data: action } = actionData.safeParse(data);
  if (!success || action.action !== 'migrate') return null;
  return migrateParams.safeParse(action.params).data?.toVersion ?? null;
}

/**
 * The reason why a saga cannot migrate to a version; null when it can. A migration sends nothing: state, timers and
 * awaited commands stay, and the next message follows the newer rules.
 * @param target the requested version, or, where this build lacks it, the saga's own
 */
export function whyNotMigrate(target: Registered, row: SagaRow, action: ActionData): string | null {
  const parsed = migrateParams.safeParse(action.params ?? {});
  if (!parsed.success) return describeIssues(parsed.error);
  const { toVersion } = parsed.data;
  const version = `${row.definition} v${toVersion}`;
  if (toVersion <= row.definitionVersion)
    return `${version} is not newer than v${row.definitionVersion}, under which it runs`;
  if (target.version !== toVersion) return `this build does not know ${version}`;
  const { awaiting, givenUp, refusedUndos, timers, spent = {}, issued } = row.pending;
  const nodes = pathOf(target, row.state);
  const leaf = nodes.at(-1);
  if (leaf === undefined || Object.keys(leaf.states).length > 0)
    return `${version} has no state ${row.state}`;
  const timer = Object.keys({ ...timers, ...spent }).find(
    (name) => !nodes.some(({ ownEvents }) => ownEvents.includes(name)),
  );
  if (timer !== undefined) return `${version} has no timer ${timer}`;
  const open = [...Object.values(awaiting), ...Object.values(givenUp), ...Object.values(refusedUndos)];
  const types = [...open.map(({ type }) => type), ...Object.keys(issued)];
  const command = types.find((type) => target.commands[type] === undefined);
  return command === undefined ? null : `${version} has no command ${command}`;
}

/** The states a path leads through, the last one its leaf; empty where the machine has no such path. */
function pathOf({ machine }: Registered, path: string): AnyStateNode[] {
  const nodes: AnyStateNode[] = [];
  let states: Readonly<Record<string, AnyStateNode>> = machine.root.states;
  for (const part of path.split('.')) {
    const node = states[part];
    if (node === undefined) return [];
    nodes.push(node);
    states = node.states;
  }
  return nodes;
}
