import { parseConfig, requireSafeHost } from '../../src/config.js'

describe('the configuration', () => {
  it('listens on loopback by default and puts its data beside the folder it runs in', () => {
    expect(parseConfig({}, '/srv/app')).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      home: '/srv/app/.kospigraph',
      databaseUrl: undefined,
      mlEngine: 'auto',
      recipesFile: undefined,
    })
    expect(parseConfig({ RECIPES_FILE: 'mine.json' }, '/srv/app').recipesFile).toBe('/srv/app/mine.json')
    expect(parseConfig({ CALENDAR_FILE: 'days.json' }, '/srv/app').calendarFile).toBe('/srv/app/days.json')
    expect(parseConfig({ SHORT_SALE_FILE: 'shorts.csv' }, '/srv/app').shortSaleFile).toBe(
      '/srv/app/shorts.csv',
    )
  })

  it('treats an empty variable as unset', () => {
    expect(parseConfig({ PORT: '', DATABASE_URL: '' }, '/')).toMatchObject({
      port: 4000,
      databaseUrl: undefined,
    })
  })

  it('names every wrong variable at once', () => {
    const bad = {
      PORT: '70000',
      DATABASE_URL: 'mysql://x',
      LOG_LEVEL: 'loud',
      ML_ENGINE: 'cuda',
      API_TOKEN: 'short',
      PROVIDERS: 'yahoo,google',
      YAHOO_URL: 'query1.finance.yahoo.com',
      NAVER_URL: 'ftp://naver.com',
    }
    for (const name of Object.keys(bad)) expect(() => parseConfig(bad, '/')).toThrow(name)
  })

  it('accepts the vendors, and requires CSV_FOLDER for the folder', () => {
    const { providers, yahooUrl, naverUrl, csvFolder } = parseConfig({}, '/srv/app')
    expect({ chain: providers.of('KOSPI'), yahooUrl, naverUrl, csvFolder }).toEqual({
      chain: [],
      yahooUrl: 'https://query1.finance.yahoo.com',
      naverUrl: 'https://api.finance.naver.com',
      csvFolder: undefined,
    })
    const given = { PROVIDERS: 'csv', CSV_FOLDER: 'inbox', YAHOO_URL: 'http://127.0.0.1:8080/' }
    expect(parseConfig(given, '/srv/app')).toMatchObject({
      csvFolder: '/srv/app/inbox',
      yahooUrl: 'http://127.0.0.1:8080',
    })
    expect(() => parseConfig({ PROVIDERS: 'csv' }, '/')).toThrow(/names csv, but CSV_FOLDER is not set/)
  })

  it('refuses to serve other machines without a token, with the remedy', () => {
    expect(() => requireSafeHost(parseConfig({ HOST: '0.0.0.0' }, '/'))).toThrow(/set API_TOKEN/)
    expect(() =>
      requireSafeHost(parseConfig({ HOST: '0.0.0.0', API_TOKEN: 'x'.repeat(16) }, '/')),
    ).not.toThrow()
    expect(() => requireSafeHost(parseConfig({ HOST: 'localhost' }, '/'))).not.toThrow()
  })

  it.each([
    [{}, 'auto'],
    [{ NO_COLOR: '1' }, 'never'],
    [{ NO_COLOR: '' }, 'auto'],
    [{ FORCE_COLOR: '1' }, 'always'],
    [{ FORCE_COLOR: '0' }, 'never'],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, 'always'],
  ])('colours the log as %j asks for', (environment, colour) => {
    expect(parseConfig(environment, '/srv').logColour).toBe(colour)
  })
})
