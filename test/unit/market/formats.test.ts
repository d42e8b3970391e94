import { FORMATS } from '../../../src/market/formats.js'

const basisOf = (name: string) => FORMATS.find((format) => format.name === name)?.basis

describe('the basis of a format', () => {
  it('is unknown where the vendor does not state it', () => {
    for (const name of ['Kiwoom', 'Investing.com', 'FinanceDataReader', 'pykrx', 'plain table']) {
      expect(basisOf(name)).toEqual({ closeBasis: 'UNKNOWN', volumeBasis: 'UNKNOWN', adjustment: 'UNKNOWN' })
    }
  })

  it('has the regular close of Yahoo and of the exchange, and the extended one of Naver', () => {
    for (const name of ['yfinance', 'Yahoo Finance']) {
      expect(basisOf(name)).toMatchObject({ closeBasis: 'REGULAR', volumeBasis: 'REGULAR' })
    }
    for (const name of ['KRX portal', 'KRX interface']) {
      expect(basisOf(name)).toEqual({ closeBasis: 'REGULAR', volumeBasis: 'EXTENDED', adjustment: 'RAW' })
    }
    expect(basisOf('Naver Finance')).toMatchObject({ closeBasis: 'EXTENDED', volumeBasis: 'EXTENDED' })
  })
})
