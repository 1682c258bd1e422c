/** What `register` refuses: each trap of XState on a server, and what else would go wrong only when it is run. */
import { expect } from 'chai';
import {
  type AnyStateMachine,
  assign,
  createMachine,
  fromPromise,
  raise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate';
import { orderSaga } from '#orchestrator/sagas/order/index.ts';
import { register, type SagaDefinition } from './definition.ts';

const declared = setup({
  types: { context: {} as { n: number } },
  actors: { work: fromPromise(async () => 1) },
  actions: {
    issue: (_, _params: { command: string }) => {},
    publish: (_, _params: { event: string }) => {},
    raiseIncident: (_, _params: { code: string }) => {},
    note: assign({ n: 1 }),
    log: () => {},
    tell: sendTo('other', { type: 'hello' }),
  },
  guards: { known: () => true },
  delays: { soon: 1_000 },
});
const issue = { type: 'issue' as const, params: { command: 'payment.charge' } };

/** The order's definition around another machine: one state after the first, as given. */
function around(working: object, others: object = {}): SagaDefinition {
  const config = {
    id: 'm',
    context: { n: 0 },
    initial: 'created',
    states: { created: { on: { 'order.created': 'working' } }, working, done: {}, ...others },
  };
  return { ...orderSaga(), machine: declared.createMachine(config as never) as unknown as AnyStateMachine };
}

const refuses = (what: RegExp, definition: SagaDefinition) =>
  expect(() => register(definition)).to.throw(what);

describe('a definition is refused', () => {
  it('not when it is sound', () => {
    register(orderSaga());
    register(
      around({
        entry: issue,
        on: { 'payment.charged': { target: 'done', actions: 'note', guard: 'known' } },
        after: { soon: 'done' },
      }),
    );
  });

  it('for an event nobody sends', () => {
    refuses(/payment\.chargd, which nobody sends/, around({ on: { 'payment.chargd': 'done' } }));
    refuses(/waits for \*/, around({ on: { '*': 'done' } }));
    refuses(/waits for payment\.\*/, around({ on: { 'payment.*': 'done' } }));
  });

  it('for a delay that is a number or was never declared', () => {
    refuses(/waits for 1000, no declared delay/, around({ after: { 1000: 'done' } }));
    refuses(/waits for sooon, no declared delay/, around({ after: { sooon: 'done' } }));
  });

  it('for a delay that would fire at once', () => {
    const { machine } = around({ after: { soon: 'done' } });
    for (const soon of [0, -1, Number.NaN, undefined])
      refuses(/delay/, { ...orderSaga(), machine: machine.provide({ delays: { soon } as never }) });
  });

  it('for an action that is not declared, or that the engine does not know', () => {
    refuses(/the action isue is not declared/, around({ entry: { type: 'isue', params: issue.params } }));
    refuses(/the action log is not one the engine knows/, around({ entry: 'log' }));
    refuses(/the action tell is not one the engine knows/, around({ entry: 'tell' }));
  });

  it('for inline functions: actions, guards, parameters', () => {
    refuses(/inline function action/, around({ entry: () => {} }));
    refuses(
      /inline xstate\.assign action/,
      around({ on: { 'payment.charged': { actions: assign({ n: 2 }) } } }),
    );
    refuses(/inline guard/, around({ on: { 'payment.charged': { target: 'done', guard: () => true } } }));
    refuses(/issues undefined, no command/, around({ entry: { type: 'issue', params: () => issue.params } }));
    refuses(/inline guard/, around({ always: { target: 'done', guard: () => true } }));
  });

  it('for a guard that is not declared', () => {
    refuses(
      /the guard knwon is not declared/,
      around({ on: { 'payment.charged': { target: 'done', guard: 'knwon' } } }),
    );
  });

  it('for actors: invoke, spawn, sendTo, a delayed raise', () => {
    refuses(/invokes an actor/, around({ invoke: { src: 'work' } }));
    refuses(/inline xstate\.spawnChild/, around({ entry: spawnChild('work') }));
    refuses(/inline xstate\.sendTo/, around({ entry: sendTo('other', { type: 'hello' }) }));
    refuses(/inline xstate\.raise/, around({ entry: raise({ type: 'payment.charged' }, { delay: 5 }) }));
  });

  it('for history, parallel and final states', () => {
    refuses(/is a history state/, around({}, { back: { type: 'history' } }));
    refuses(/is a parallel state/, around({}, { both: { type: 'parallel', states: { a: {}, b: {} } } }));
    refuses(/is a final state/, around({}, { end: { type: 'final' } }));
  });

  it('for a state that goes to itself without reenter: it would issue nothing', () => {
    refuses(/goes to itself/, around({ entry: issue, on: { 'payment.declined': 'working' } }));
    register(around({ entry: issue, on: { 'payment.declined': { target: 'working', reenter: true } } }));
  });

  it('for a context that needs an input, or a beginning that acts', () => {
    const needy = createMachine({
      context: ({ input }: { input: { n: number } }) => ({ n: input.n }),
    } as never);
    refuses(/it cannot begin/, { ...orderSaga(), machine: needy as unknown as AnyStateMachine });
    const config = { id: 'm', context: { n: 0 }, initial: 'a', states: { a: { entry: issue } } };
    const eager = declared.createMachine(config as never) as unknown as AnyStateMachine;
    refuses(/acts before it was begun/, { ...orderSaga(), machine: eager });
  });

  it('for an action on an initial transition', () => {
    const compound = { initial: { target: 'a', actions: issue }, states: { a: {} } };
    refuses(/acts on its initial transition/, around({}, { compound }));
  });

  it('for commands and events it does not have', () => {
    refuses(
      /issues payment\.chrge/,
      around({ entry: { type: 'issue', params: { command: 'payment.chrge' } } }),
    );
    refuses(/publishes order\.done/, around({ entry: { type: 'publish', params: { event: 'order.done' } } }));
    refuses(/order\.started is no event/, { ...orderSaga(), startedBy: 'order.started' });
    refuses(/shipping\.send is no command/, {
      ...orderSaga(),
      cancellation: { until: 'shipping.send', refusal: '' },
    });
    refuses(/scheduleToCloseMs is 0/, { ...orderSaga(), scheduleToCloseMs: 0 });
  });

  it('for a command that is not in its contract, has no data, or that nothing undoes', () => {
    const { commands } = orderSaga();
    const charge = commands['payment.charge'];
    if (charge === undefined) throw new Error('the order charges');
    refuses(/payment\.charg is not in the contract/, {
      ...orderSaga(),
      commands: { ...commands, 'payment.charg': charge },
    });
    refuses(/payment\.charge has no data builder/, {
      ...orderSaga(),
      commands: { ...commands, 'payment.charge': { contract: charge.contract } },
    });
    const { 'payment.refund': _, ...without } = commands;
    refuses(/nothing undoes payment\.charge/, { ...orderSaga(), commands: without });
  });
});
