import { expect } from 'chai';
import { readCsv, readQuantity, skuProblem } from './read-csv.ts';

describe('stock levels from CSV', () => {
  it('are read with or without a header, with any line ends, a byte order mark and empty lines', () => {
    const levels = [
      { sku: 'tea', quantity: 5 },
      { sku: 'Tee grün', quantity: 0 },
    ];
    for (const text of [
      'tea,5\nTee grün,0',
      '\uFEFFsku,quantity\r\n tea , 5 \r\n\r\nTee grün,0\r\n',
      'tea,5\rTee grün,0\r',
    ]) {
      expect(readCsv(text)).to.deep.equal({ levels, problems: [] });
    }
  });

  it('are refused line by line, each with its number', () => {
    const { problems } = readCsv(
      'sku,quantity\ntea,5\nbad\ncup,-1\ncup,1.5\ncup,2000000000\ntea,6\n,3\n"a",1\na,b,1',
    );
    expect(problems.map((problem) => /^line (\d+): /.exec(problem)?.[1])).to.deep.equal(
      '3 4 5 6 7 8 9 10'.split(' '),
    );
    expect(problems[4]).to.equal('line 7: tea is on line 2 already');
  });

  it('are refused when there are none, and problems are bounded', () => {
    expect(readCsv('sku,quantity\n').problems).to.have.length(1);
    const { problems } = readCsv('x\n'.repeat(100));
    expect(problems).to.have.length(21);
    expect(problems.at(-1)).to.equal('… and 80 more');
  });

  it('are whole numbers up to a billion', () => {
    expect(['0', '007', '1000000000'].map(readQuantity)).to.deep.equal([0, 7, 1_000_000_000]);
    for (const text of ['', '-1', '1e3', ' 1', '1000000001', '0x10', 'NaN'])
      expect(readQuantity(text), text).to.equal(null);
  });

  it('name skus an order can name', () => {
    expect(skuProblem('SKU-0001')).to.equal(null);
    for (const sku of ['', 'x'.repeat(65), 'a,b', 'a\u0000', 'caf\uFFFD', 'a"b'])
      expect(skuProblem(sku), sku).to.be.a('string');
  });
});
