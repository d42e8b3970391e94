import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { barLine, showProgress } from '../../../../src/cli/terminal/progress.js'

const OPTIONS = { title: 'prices.csv', total: 0.87, unit: 'MB', detailsColumns: undefined }

/** A terminal of so many columns, and what is written to it. */
function terminalOf(columns: number): { stream: NodeJS.WriteStream; written: () => string } {
  const stream = new PassThrough()
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const cursor = { isTTY: true, columns, cursorTo: () => true, clearLine: () => true, moveCursor: () => true }
  return { stream: Object.assign(stream, cursor) as unknown as NodeJS.WriteStream, written: () => text }
}

describe('the line of a progress bar', () => {
  it('names the unit of its counts', () => {
    const line = barLine(OPTIONS, { done: 0.87, details: '12,345 rows', columns: 80 })
    expect(line).toMatch(/^prices\.csv █+ 100% 0\.87\/0\.87 MB 12,345 rows$/)
  })

  it.each([40, 60, 80, 120])('leaves the last of %d columns free, however long its texts are', (columns) => {
    const long = { ...OPTIONS, title: 'a-file-whose-name-is-longer-than-a-terminal-is-wide-2024-07-01.csv' }
    for (const done of [0, 0.43, 0.87]) {
      const line = barLine(long, { done, details: '1,234,567 rows, 12,345 rejected, all read', columns })
      expect(line.length).toBeLessThan(columns)
      expect(line).toContain('/0.87 MB')
    }
  })

  it('is full only when all is done', () => {
    expect(barLine({ ...OPTIONS, total: 1_000 }, { done: 999, details: '', columns: 80 })).toContain('░ 99% ')
  })
})

describe('a progress bar', () => {
  it('ends at 100 % where the work was done before its progress arrived', async () => {
    const { stream, written } = terminalOf(80)
    const bar = showProgress(stream, {
      title: 'KOSPI returns',
      total: 20,
      unit: 'epochs',
      detailsColumns: 24,
    })
    bar.update(0, 'loss 1.02')
    bar.finish()
    bar.stop()
    await sleep(0)
    expect(written()).toMatch(/100% 20\/20 epochs loss 1\.02[^%]*$/)
  })

  it('does not move back where progress arrives late', async () => {
    const { stream, written } = terminalOf(80)
    const bar = showProgress(stream, {
      title: 'KOSPI returns',
      total: 20,
      unit: 'epochs',
      detailsColumns: 24,
    })
    bar.update(5, 'loss 0.98')
    bar.update(0, '')
    bar.stop()
    await sleep(0)
    expect(written()).not.toContain('0/20')
    expect(written()).toMatch(/5\/20 epochs loss 0\.98/)
  })

  it('leaves nothing behind where nothing was done', async () => {
    const { stream, written } = terminalOf(80)
    showProgress(stream, { title: 'KOSPI returns', total: 20, unit: 'epochs', detailsColumns: 24 }).stop()
    await sleep(0)
    expect(written()).toBe('')
  })
})
