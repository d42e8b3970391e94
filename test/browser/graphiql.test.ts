import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { CHROMIUM_PATH, launchChromium } from '../support/chromium.js'
import { createTestPlatform } from '../support/platform.js'
import type { TestPlatform } from '../support/platform.js'

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const
const RUN_BUTTON = '.graphiql-execute-button'
const RESPONSE = '.graphiql-response .view-lines'
const MAX_PAGE_BYTES = 3_000_000

const inChromium = CHROMIUM_PATH === undefined ? describe.skip : describe
const reason = CHROMIUM_PATH === undefined ? ' (skipped: no Chromium found; set CHROMIUM to its path)' : ''

inChromium(`the GraphiQL page in a browser${reason}`, () => {
  let platform: TestPlatform
  let browser: Browser
  let complaints: string[]

  beforeAll(async () => {
    browser = await launchChromium()
    platform = await createTestPlatform('2024-07-09T20:00:00+09:00')
    await platform.services.loadSampleMarket()
  })
  afterAll(async () => {
    await browser.close()
    await platform.close()
  })
  beforeEach(() => {
    complaints = []
  })
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()))
    expect(complaints).toEqual([])
  })

  /** Opens the page with an empty storage, as a newcomer does. */
  async function open(link: Record<string, string> = {}, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage()
    page.setDefaultTimeout(20_000)
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${await platform.url()}?${new URLSearchParams(link).toString()}`)
    await page.locator('.graphiql-query-editor .view-line').first().waitFor()
    return page
  }

  /** Waits until the response pane shows the text. The editor shows spaces as no-break spaces. */
  async function seeResponse(page: Page, text: string): Promise<void> {
    await page.locator(RESPONSE).filter({ hasText: text }).waitFor()
  }

  async function appendToQuery(page: Page, text: string): Promise<void> {
    await page.locator('.graphiql-query-editor .monaco-editor').first().click()
    await page.keyboard.press('ControlOrMeta+End')
    await page.keyboard.insertText(text)
  }

  /** GraphiQL stores its tabs half a second after a change. Waiting inside the page would need eval. */
  async function waitForStoredTab(page: Page, text: string): Promise<void> {
    const deadline = AbortSignal.timeout(20_000)
    for (;;) {
      const stored = await page.evaluate<string | null>('localStorage.getItem("graphiql:tabState")')
      if (stored?.includes(text)) return
      if (deadline.aborted) throw new Error(`GraphiQL stored no tab with ${text}: ${String(stored)}`)
      await page.waitForTimeout(100)
    }
  }

  it('shows a forecast of the sample market after Ctrl-Enter', async () => {
    const page = await open()
    await page.locator('.graphiql-query-editor :focus').waitFor({ state: 'attached' })
    await page.keyboard.press('Control+Enter')
    await seeResponse(page, '"predictedClose": ')
    await seeResponse(page, '"servedBy": "PERSISTENCE"')
    expect(await page.locator(RESPONSE).textContent()).not.toContain('errors')
  })

  it('shows its logo and its name', async () => {
    const page = await open()
    const title = page.locator('.graphiql-logo')
    expect((await title.textContent())?.trim()).toBe('Kospigraph')
    expect(await page.title()).toBe('Kospigraph')
    const width = 'document.querySelector(".graphiql-logo img").naturalWidth'
    expect(await page.evaluate<number>(width)).toBeGreaterThan(0)
  })

  it('opens a link with its query, variables and operation', async () => {
    const query = 'query First { __typename }\n\nquery Second($code: ID!) { symbol(code: $code) { code } }'
    const page = await open({ query, variables: '{ "code": "SIM002" }', operationName: 'Second' })
    await page.locator('.graphiql-query-editor :focus').waitFor({ state: 'attached' })
    await page.keyboard.press('Control+Enter')
    await seeResponse(page, '"code": "SIM002"')
  })

  it('keeps the link in the address up to date', async () => {
    const page = await open()
    expect(new URL(page.url()).search).toBe('')
    await appendToQuery(page, '# edited')
    await page.waitForURL((url) => url.searchParams.get('query')?.endsWith('# edited') === true)
    await page.reload()
    await page.locator('.graphiql-query-editor .view-lines').filter({ hasText: 'SIM001' }).waitFor()
    expect(new URL(page.url()).searchParams.get('query')).toContain('# edited')
    await page.locator(RUN_BUTTON).click()
    await seeResponse(page, '"predictedClose": ')
  })

  it('opens with the first query again, in one tab, beside the tabs of earlier visits', async () => {
    const page = await open()
    const tabs = page.locator('.graphiql-tab')
    for (const visit of [1, 2]) {
      await waitForStoredTab(page, 'SIM001')
      await page.goto(await platform.url())
      await page.locator(RUN_BUTTON).waitFor()
      expect([visit, await tabs.count()]).toEqual([visit, 1])
    }
    await page.goto(`${await platform.url()}?query=%23+only+a+comment`)
    await waitForStoredTab(page, 'only a comment')
    await page.goto(await platform.url())
    await page.locator(RUN_BUTTON).click()
    await seeResponse(page, '"predictedClose": ')
    expect(await tabs.count()).toBe(2)
  })

  it('keeps a query out of the address where the server would refuse the length', async () => {
    const page = await open({ query: '{ recipes { name } }' })
    await appendToQuery(page, `# ${'x'.repeat(10_000)}`)
    await page.waitForURL((url) => url.search === '')
  })

  it('follows a subscription', async () => {
    const page = await open({ query: 'subscription { barsIngested { id } }' })
    const subscribed = page
      .waitForEvent('websocket')
      .then((socket) =>
        socket.waitForEvent('framesent', ({ payload }) => String(payload).includes('barsIngested')),
      )
    await page.locator(RUN_BUTTON).click()
    await subscribed
    await page.getByRole('button', { name: /^Stop/ }).click()
    await page.getByRole('button', { name: /^Execute/ }).waitFor()
  })

  it('is usable on a phone', async () => {
    const page = await open({}, PHONE)
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.viewport.width)
    const button = await page.locator(RUN_BUTTON).boundingBox()
    if (!button) throw new Error('The run button is not visible')
    expect(button.x).toBeGreaterThanOrEqual(0)
    expect(button.x + button.width).toBeLessThanOrEqual(PHONE.viewport.width)
    expect(button.y + button.height).toBeLessThanOrEqual(PHONE.viewport.height)
    await page.locator(RUN_BUTTON).tap()
    await seeResponse(page, '"predictedClose": ')
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(PHONE.viewport.width)

    const query = await page.locator('.graphiql-query-editor').boundingBox()
    const response = await page.locator('.graphiql-response').boundingBox()
    if (!query || !response) throw new Error('A pane is not visible')
    // The panes stand above each other, and each has room for text.
    expect(response.y).toBeGreaterThanOrEqual(query.y + query.height)
    for (const pane of [query, response]) {
      expect(pane.width).toBeGreaterThan(350)
      expect(pane.height).toBeGreaterThan(250)
    }
    const fontSize = `getComputedStyle(document.querySelector('${RESPONSE}')).fontSize`
    expect(parseFloat(await page.evaluate<string>(fontSize))).toBeGreaterThanOrEqual(14)
  })

  it('shows the documentation on a phone and closes it again', async () => {
    const page = await open({}, PHONE)
    const docs = page.locator('.graphiql-sidebar button').first()
    await docs.tap()
    await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).waitFor()
    expect((await page.locator('.graphiql-plugin').boundingBox())?.width).toBe(PHONE.viewport.width)
    await docs.tap()
    await page.locator(RUN_BUTTON).tap()
    await seeResponse(page, '"predictedClose": ')
  })

  it('takes less than 3 MB over the wire and nothing from another host', async () => {
    const page = await (await browser.newContext()).newPage()
    const requests: string[] = []
    page.on('request', (request) => requests.push(request.url()))
    const document = await page.goto(await platform.url())
    if (!document) throw new Error('The page was not sent')
    await page.locator(RUN_BUTTON).waitFor()
    const { responseBodySize } = await document.request().sizes()
    expect(responseBodySize).toBeGreaterThan(100_000)
    expect(responseBodySize).toBeLessThan(MAX_PAGE_BYTES)
    const { origin } = new URL(await platform.url())
    expect(requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== origin)).toEqual([])
  })

  it('opens with API_TOKEN where the browser sends the token, and not without it', async () => {
    const apiToken = 'a-token-of-sixteen-characters'
    const guarded = await createTestPlatform('2024-07-09T20:00:00+09:00', { apiToken })
    try {
      const stranger = await (await browser.newContext()).newPage()
      expect((await stranger.goto(await guarded.url()))?.status()).toBe(401)
      const headers = { authorization: `Bearer ${apiToken}` }
      const page = await (await browser.newContext({ extraHTTPHeaders: headers })).newPage()
      const link = new URLSearchParams({ query: '{ recipes { name } }' }).toString()
      expect((await page.goto(`${await guarded.url()}?${link}`))?.status()).toBe(200)
      await page.locator(RUN_BUTTON).click()
      await seeResponse(page, '"name": "seed"')
    } finally {
      await guarded.close()
    }
  })
})
