import { parseProviderChains } from '../../../../src/domain/sync/provider-chains.js'

describe('PROVIDERS', () => {
  it('is one chain for every symbol, or chains of their own', () => {
    const one = parseProviderChains('yahoo, naver')
    expect(one.of('KOSPI')).toEqual(['yahoo', 'naver'])
    expect(one.symbols).toEqual([])
    const own = parseProviderChains('KOSPI=naver,yahoo; 005930=csv; *=yahoo;')
    expect(['KOSPI', '005930', '000660'].map((code) => own.of(code))).toEqual([
      ['naver', 'yahoo'],
      ['csv'],
      ['yahoo'],
    ])
    expect(own.symbols).toEqual(['KOSPI', '005930'])
    expect([...own.providers].sort()).toEqual(['csv', 'naver', 'yahoo'])
    expect(parseProviderChains('KOSPI=csv').of('005930')).toEqual([])
    const without = parseProviderChains('yahoo;000030=none')
    expect(without.of('000030')).toEqual([])
    expect(without.symbols).toEqual([])
    expect(parseProviderChains('').of('KOSPI')).toEqual([])
    const spelled = parseProviderChains('^ks11=naver;005930.KS=yahoo')
    expect(spelled.symbols).toEqual(['KOSPI', '005930'])
    expect(spelled.of('KOSPI')).toEqual(['naver'])
  })

  it.each([
    ['yahu', /"yahu": "yahu" is not a provider; write csv, krx, kis, naver, yahoo or none/],
    ['KOSPI=', /"KOSPI=": "" is not a provider/],
    ['yahoo,,naver', /"" is not a provider/],
    ['kospl=yahoo', /"kospl=yahoo": symbol "kospl" is neither an index .* did you mean KOSPI?/],
    ['SIM001=yahoo', /reserved for the simulated market/],
    ['yahoo;*=naver', /two chains for every other symbol/],
    ['KOSPI=csv;KOSPI=yahoo', /two chains for KOSPI/],
    ['KOSPI=csv;kospi=yahoo', /two chains for KOSPI/],
    ['yahoo,yahoo', /names yahoo twice/],
    ['KOSPI=a=b', /more than one "="/],
  ])('refuses %j by name', (text, message) => {
    expect(() => parseProviderChains(text)).toThrow(message)
  })
})
