/** What differs between the machines of two versions: states and transitions that are new, gone or changed. Pure. */
import type { DefinitionGraph } from '../../generated/api.ts';

export type GraphState = DefinitionGraph['nodes'][number];
export type GraphTransition = DefinitionGraph['edges'][number];
export type Change = 'same' | 'added' | 'removed' | 'changed';

/** A field of a state or of a transition, in both versions; null: it has none. */
export interface ChangedField {
  readonly field: string;
  readonly before: string | null;
  readonly after: string | null;
}
export interface Difference {
  readonly of: 'state' | 'transition';
  /** A state's path, or the state that declares the transition. */
  readonly state: string;
  /** Of a transition: its event, and the condition under which it is taken. */
  readonly event: string | null;
  readonly guard: string | null;
  readonly change: Exclude<Change, 'same'>;
  /** What changed; of one that is new or gone, what it does. */
  readonly fields: readonly ChangedField[];
}

interface Side {
  readonly nodes: ReadonlyArray<GraphState & { readonly change: Change }>;
  readonly edges: ReadonlyArray<GraphTransition & { readonly change: Change }>;
}
export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  readonly differences: readonly Difference[];
}

type Fields = Readonly<Record<string, string | null>>;

/** What a state does; its name is what makes it the same state. */
const fieldsOfState = ({ kind, status, commands, publishes }: GraphState): Fields => ({
  kind,
  status,
  commands: listed(commands),
  publishes: listed(publishes),
});

/** What a transition does. Its id is a number in its state, which moves with each transition before it. */
const fieldsOfTransition = ({ to, stays, raises, publishes }: GraphTransition): Fields => ({
  to: stays ? null : to,
  raises,
  publishes: listed(publishes),
});

const listed = (values: readonly string[]) => (values.length === 0 ? null : values.join(', '));
const keyOfState = ({ id }: GraphState) => id;
const keyOfTransition = ({ from, event, guard }: GraphTransition) => JSON.stringify([from, event, guard]);

export function compareGraphs(before: DefinitionGraph, after: DefinitionGraph): Comparison {
  const states = compared(before.nodes, after.nodes, keyOfState, fieldsOfState);
  const transitions = compared(before.edges, after.edges, keyOfTransition, fieldsOfTransition);
  return {
    before: { nodes: states.before, edges: transitions.before },
    after: { nodes: states.after, edges: transitions.after },
    differences: [
      ...states.changes.map(({ one, ...rest }) => ({
        ...{ of: 'state' as const, state: one.id, event: null, guard: null },
        ...rest,
      })),
      ...transitions.changes.map(({ one, ...rest }) => ({
        ...{ of: 'transition' as const, state: one.from, event: one.event, guard: one.guard },
        ...rest,
      })),
    ],
  };
}

function compared<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (one: T) => string,
  fieldsOf: (one: T) => Fields,
) {
  const [known, now] = [byKey(before, keyOf), byKey(after, keyOf)];
  const changeOf = (one: T, other: T | undefined, missing: 'added' | 'removed'): Change => {
    if (other === undefined) return missing;
    return changedFields(fieldsOf(one), fieldsOf(other)).length === 0 ? 'same' : 'changed';
  };
  const sideOf = (all: readonly T[], others: ReadonlyMap<string, T>, missing: 'added' | 'removed') =>
    all.map((one) => ({ ...one, change: changeOf(one, others.get(keyOf(one)), missing) }));
  const gone = before.filter((one) => !now.has(keyOf(one)));
  return {
    before: sideOf(before, now, 'removed'),
    after: sideOf(after, known, 'added'),
    changes: [
      ...gone.map((one) => ({
        one,
        change: 'removed' as const,
        fields: changedFields(fieldsOf(one), {}),
      })),
      ...after.flatMap((one) => {
        const former = known.get(keyOf(one));
        const fields = changedFields(former === undefined ? {} : fieldsOf(former), fieldsOf(one));
        const change = former === undefined ? ('added' as const) : ('changed' as const);
        return former !== undefined && fields.length === 0 ? [] : [{ one, change, fields }];
      }),
    ],
  };
}

function changedFields(before: Fields, after: Fields): ChangedField[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((field) => {
    const [was, is] = [before[field] ?? null, after[field] ?? null];
    return was === is ? [] : [{ field, before: was, after: is }];
  });
}

function byKey<T>(all: readonly T[], keyOf: (one: T) => string): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [keyOf(one), one]));
}
