import { forecastJson } from '../../../../src/cli/forecasts/forecast-json.js'
import { forecastLines, forecastRow } from '../../../../src/cli/forecasts/forecast-lines.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import type { Forecast } from '../../../../src/domain/forecasts/forecast.js'

const FORECAST: Forecast = {
  closeBasis: 'REGULAR',
  id: '00000000-0000-4000-8000-000000000001',
  symbolId: 1,
  targetSession: '2024-07-10' as Session,
  basedOnSession: '2024-07-09' as Session,
  origin: 'ISSUED',
  servedBy: 'MODEL',
  contender: 'returns',
  servedReason: 'test',
  predictedClose: 20_451.749680571873,
  persistenceClose: 20_400,
  lower80: 20_001.2,
  upper80: 20_999.9,
  lower95: 19_512.3,
  upper95: 21_401.1,
  decimals: 0,
  tickTable: 'KOSPI',
  warmingUp: false,
  drift: null,
  modelVersionId: null,
  dataVersion: 1,
  createdAt: new Date('2024-07-09T11:00:00Z'),
  actualClose: null,
  realisedAt: null,
  unscored: null,
}

describe('a forecast of a share on the ticks', () => {
  it('is printed at prices that can be traded', () => {
    const lines = forecastLines({ forecast: FORECAST, candidates: [], decimals: 0, width: 80 }).join('\n')
    expect(lines).toMatch(/served +20,450 /)
    expect(lines).toMatch(/80 % interval +20,000 to 21,000/)
    expect(lines).toMatch(/95 % interval +19,510 to 21,450/)
    expect(forecastRow({ code: '005930', decimals: 0 }, FORECAST)).toEqual([
      ...['005930', '2024-07-10', '20,450', '20,000 to 21,000', 'returns'],
    ])
  })

  it('has the exact prices beside them as JSON', () => {
    expect(forecastJson('005930', FORECAST)).toMatchObject({
      predictedClose: 20_450,
      predictedCloseExact: 20_451.749680571873,
      interval80: { lower: 20_000, upper: 21_000, lowerExact: 20_001.2, upperExact: 20_999.9 },
    })
  })

  it('warns where it is not about the regular close', () => {
    const linesOf = (closeBasis: Forecast['closeBasis']): string =>
      forecastLines({ forecast: { ...FORECAST, closeBasis }, candidates: [], decimals: 0, width: 80 }).join(
        ' ',
      )
    expect(linesOf('REGULAR')).not.toMatch(/warning/)
    expect(linesOf('EXTENDED')).toMatch(/warning: this forecast is about the price of 20:00, not the regular/)
    expect(linesOf('UNKNOWN')).toMatch(/about a close whose hours no source has stated/)
  })
})
