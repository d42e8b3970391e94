import { parseProviderChains } from '../../../../src/domain/sync/provider-chains.js'
import { defaultSchedule, hasMorningBars } from '../../../../src/domain/nights/default-schedule.js'

describe('the default schedule', () => {
  it.each([
    ['', '30 18 * * 1-5'],
    ['yahoo,naver', '30 18 * * 1-5'],
    ['naver,yahoo', '30 18 * * 1-5'],
    ['naver', '15 20 * * 1-5'],
    ['005930=naver;*=yahoo', '15 20 * * 1-5'],
    // The after-market does not trade an index, so its bar is final with the close.
    ['KOSPI=naver;*=yahoo', '30 18 * * 1-5'],
  ])('with PROVIDERS=%s is %s', (chains, expected) => {
    expect(defaultSchedule(parseProviderChains(chains))).toBe(expected)
  })

  it('has a sync in the morning only where a provider publishes then', () => {
    expect(hasMorningBars(parseProviderChains('yahoo,naver,csv'))).toBe(false)
  })
})
