/** The hours that a close or a volume covers; it stands at the root because symbols have it as well as bars. */

/** `REGULAR`: the session up to 15:30. `EXTENDED`: up to 20:00. `UNKNOWN`: the source does not state it. */
export const TRADING_HOURS_BASES = ['REGULAR', 'EXTENDED', 'UNKNOWN'] as const
export type TradingHoursBasis = (typeof TRADING_HOURS_BASES)[number]
