import { sanitizeText } from '../../../src/domain/sanitize-text.js'

describe('sanitizeText', () => {
  it('marks where it cuts a long text', () => {
    const cut = sanitizeText('x'.repeat(201))
    expect([cut.length, cut.at(-1)]).toEqual([200, '…'])
    expect(sanitizeText('x'.repeat(200))).toBe('x'.repeat(200))
  })

  it('leaves no half of a character where it cuts', () => {
    const cut = sanitizeText('😀'.repeat(150))
    expect(cut.slice(-2)).toBe('\ufffd…')
  })
})
