import { expect } from 'chai';
import { addName, parseLevels } from './levels.ts';

describe('the arguments of a comparison', () => {
  it('are numbers in flight, each once and within a bound', () => {
    expect(parseLevels('8,64,256')).to.deep.equal([8, 64, 256]);
    for (const wrong of ['', '0', '8,8', '1.5', '501', 'many', '1,2,3,4,5,6,7,8,9,10,11'])
      expect(() => parseLevels(wrong), wrong).to.throw('whole numbers from 1 to 500');
  });

  it('name programs, which run in one order however they are named', () => {
    expect(addName('dbos', addName('ours'))).to.deep.equal(['dbos', 'ours']);
    expect(addName('ours', addName('ours'))).to.deep.equal(['ours']);
    expect(() => addName('temporal')).to.throw('none of dbos, dbos-steps');
  });
});
