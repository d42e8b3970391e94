import { MAX_REASON_LENGTH, requireReason } from '../../../src/domain/reason.js'

describe('requireReason', () => {
  it.each([
    ['', 'reason: it is empty; give 1 to 500 characters'],
    [' \n ', 'reason: it is empty; give 1 to 500 characters'],
    ['x'.repeat(MAX_REASON_LENGTH + 1), 'reason: it has 501 characters; give 1 to 500 characters'],
  ])('refuses %j', (reason, message) => {
    expect(() => requireReason(reason)).toThrow(message)
  })

  it('keeps every character of the longest one', () => {
    const reason = '가'.repeat(MAX_REASON_LENGTH)
    expect(requireReason(` ${reason} `)).toBe(reason)
  })

  it('replaces control characters, which PostgreSQL or a terminal would not take', () => {
    expect(requireReason('bad\u0000tick\u001b[2J')).toBe('bad\ufffdtick\ufffd[2J')
  })
})
