/** Kafka's programs get no path that the name of the project's folder could break. */
import { join } from 'node:path';
import { expect } from 'chai';
import { brokerArguments } from './kafka.ts';
import { javaArguments } from './kafka-tool.ts';
import { placesOf, root } from './places.ts';

describe('the arguments of Kafka’s programs', () => {
  const { data, logs } = placesOf('dev');
  for (const [what, args] of [
    [
      'a broker',
      brokerArguments({ name: 'dev', brokers: 1 }, join(data, 'kafka-1'), join(logs, 'kafka.log')),
    ],
    ['a tool', javaArguments('kafka.tools.StorageTool', 'log4j2-tools.xml')],
  ] as const)
    it(`of ${what} hold relative paths, which no comma, colon or other letters of the folder can break`, () => {
      expect(args.filter((one) => one.includes(root))).to.deep.equal([]);
      expect(args.find((one) => one.includes('log4j2'))).to.match(
        /^-Dlog4j2\.configurationFile=\.\.\/[\w./-]+$/,
      );
      expect(args[args.indexOf('-cp') + 1]).to.match(/^[\w./-]+\/libs\/\*$/);
    });
});
