/** Orders through their sagas: customers, the product's processes, people who meddle, and the ledger that judges. */
import type { Backend } from './backend.ts';
import { Bus } from './bus.ts';
import { Shop } from './customers.ts';
import { definition } from './definition.ts';
import { openChaos } from './inject-faults.ts';
import { People } from './people.ts';
import { KINDS, openProduct, type ProcessKind } from './processes.ts';
import { untoldUses } from './published-uses.ts';
import type { Scene } from './run-scene.ts';
import { World } from './world.ts';

/** The scene of a seed, on empty books. */
export function ordersScene(seed: number, backend: Backend): Scene {
  const world = new World(seed);
  const bus = new Bus(world);
  const product = openProduct(world, bus, backend);
  const { names } = product.doors;
  const people = new People(world, bus, backend);
  const shop = new Shop(world, product.doors, people, backend);
  const orders = () => [...names.keys()];
  return {
    ...{ name: 'orders', backend: backend.name, world, bus, kinds: KINDS, names },
    start: (kind, life) => product.start[kind as ProcessKind](life),
    open: () => shop.open(),
    beginChaos(lives) {
      openChaos({ world, bus, backend, gateway: product.gateway, lives, orders });
      if (!world.faults.day.unattended) people.beOnCall(orders);
    },
    unsettled: async () => ({ unanswered: shop.unanswered, ...(await backend.unsettled()) }),
    judge: async () => [
      ...(await shop.judge()),
      ...(await backend.judge(product.gateway.books(), definition)),
      ...untoldUses(bus),
    ],
  };
}
