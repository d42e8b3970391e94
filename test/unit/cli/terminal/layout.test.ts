import { displayWidth, fit, table, truncate, wrap } from '../../../../src/cli/terminal/layout.js'

describe('wrap', () => {
  it('breaks at spaces and leaves longer words whole', () => {
    expect(wrap('aa bb cc dddddddd e', 5)).toEqual(['aa bb', 'cc', 'dddddddd', 'e'])
  })

  it('counts the indent, and two columns for a Hangul syllable', () => {
    expect(wrap('삼성 전자 우', 8, '  ')).toEqual(['  삼성', '  전자', '  우'])
    expect(wrap('삼성 전자 우', 11, '  ')).toEqual(['  삼성 전자', '  우'])
    expect(displayWidth('삼성전자 005930')).toBe(15)
  })
})

describe('fit', () => {
  it('keeps a line that fits, and continues a longer one where it began', () => {
    expect(fit('  a  b', 6)).toEqual(['  a  b'])
    expect(fit('  aa bb cc', 7)).toEqual(['  aa bb', '  cc'])
    expect(fit('no end', Infinity)).toEqual(['no end'])
  })
})

describe('truncate', () => {
  it('ends a longer text in an ellipsis within the width', () => {
    expect(truncate('abcdef', 6)).toBe('abcdef')
    expect(truncate('abcdefg', 6)).toBe('abcde…')
    expect(truncate('삼성전자', 6)).toBe('삼성…')
  })
})

describe('table', () => {
  it('ends numbers at one place where it is asked to', () => {
    const rows = [
      ['a', 'n'],
      ['bb', '1,000'],
      ['c', '7'],
    ]
    expect(table(rows)).toEqual(['a   n', 'bb  1,000', 'c   7'])
    expect(table(rows, { numbers: true })).toEqual(['a       n', 'bb  1,000', 'c       7'])
  })

  it('breaks the widest texts between words where it would be too wide, and never a number', () => {
    const rows = [
      ['id', 'count', 'reason'],
      ['one', '1,234,567', 'the device ran out of memory'],
      ['two', '8', 'short'],
    ]
    expect(table(rows, { numbers: true, width: 30 })).toEqual([
      'id       count  reason',
      'one  1,234,567  the device ran',
      '                out of memory',
      'two          8  short',
    ])
  })

  it('keeps words whole where it cannot be narrow enough', () => {
    expect(table([['abcdefghij', 'klmnopqrst uv']], { width: 12 })).toEqual([
      'abcdefghij  klmnopqrst',
      '            uv',
    ])
  })

  it('pads Hangul by its columns', () => {
    expect(
      table([
        ['삼성', 'x'],
        ['abcde', 'y'],
      ]),
    ).toEqual(['삼성   x', 'abcde  y'])
  })

  it('puts the indent before every line', () => {
    expect(table([['a', 'bb cc']], { indent: '  ', width: 7 })).toEqual(['  a  bb', '     cc'])
  })
})
