/** When nights start where NIGHT_SCHEDULE is not set: once the providers have the day's bars in their final form. */
import { PUBLICATION_OF_PROVIDER } from '../bars/delivery.js'
import type { ProviderName } from '../bars/delivery.js'
import { REGULAR_ONLY } from '../bars/price-basis.js'
import type { ProviderChains } from '../sync/provider-chains.js'
import { defineSymbol } from '../symbol.js'
import { DEFAULT_SCHEDULE } from './schedule-expression.js'

/** 20:15 on weekdays, when the bars of sources that include the after-market are final. */
const LATE_SCHEDULE = '15 20 * * 1-5'

/** 08:30 on weekdays: the sync of sources that publish on the next morning. */
export const MORNING_SCHEDULE = '30 8 * * 1-5'

/** 18:30 on weekdays; 20:15 where a symbol has only sources that include the after-market. */
export function defaultSchedule(chains: ProviderChains): string {
  const isLate = (chain: readonly ProviderName[]): boolean => {
    const published = chain.map((name) => PUBLICATION_OF_PROVIDER[name])
    return published.includes('AFTER_20') && !published.includes('SAME_DAY')
  }
  const traded = chains.symbols.filter((code) => !REGULAR_ONLY.includes(defineSymbol(code).kind))
  return isLate(chains.others) || traded.some((code) => isLate(chains.of(code)))
    ? LATE_SCHEDULE
    : DEFAULT_SCHEDULE
}

/** Whether any provider publishes its bars on the next morning, so that a sync before the open is of use. */
export function hasMorningBars({ providers }: Pick<ProviderChains, 'providers'>): boolean {
  return [...providers].some((name) => PUBLICATION_OF_PROVIDER[name] === 'NEXT_MORNING')
}
