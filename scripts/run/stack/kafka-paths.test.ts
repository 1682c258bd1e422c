/** The broker's configuration holds no path that the folder's name could break. */
import { expect } from 'chai';
import { javaArguments } from './kafka-tool.ts';
import { root } from './places.ts';

describe('a path of the broker', () => {
  it('is relative where a comma would part it: a folder with a comma, a blank or other letters', () => {
    const settings = javaArguments('kafka.Kafka', 'log4j2.xml').find((one) => one.includes('log4j2'));
    expect(settings).to.match(/^-Dlog4j2\.configurationFile=\.\.\/[\w./-]+$/);
    expect(settings).not.to.include(root);
  });
});
