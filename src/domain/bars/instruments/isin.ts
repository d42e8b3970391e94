/**
 * ISINs, which KRX calls standard codes, and the short codes in them.
 *
 * `KR7` 00593 `0` 00 `3` ─ Samsung Electronics: issuer, class, serial number, check digit
 *
 * The class of a common share is 0. Preferred shares count 1, 2, 3 where their short codes end in 5, 7, 9; a letter is
 * the same in both (`KR700088K015` is 00088K).
 */

const ISIN = /^[A-Z]{2}[0-9A-Z]{9}[0-9]$/
/** Shares and funds of Korean issuers; the ISINs of foreign issuers and of notes do not contain the short code. */
const LISTED = /^KR7([0-9A-Z]{5})([0-9A-Z])[0-9A-Z]{2}\d$/
const PREFERRED_ENDS: Readonly<Record<string, string>> = { '1': '5', '2': '7', '3': '9' }
const LETTER_A = 'A'.charCodeAt(0)

/** @returns whether the text has the form of an ISIN, right or wrong */
export function isIsinShaped(text: string): boolean {
  return ISIN.test(text)
}

/** @returns why a text is no ISIN, or undefined where it is one */
export function isinProblem(text: string): string | undefined {
  if (!isIsinShaped(text)) return 'an ISIN has two letters, nine letters or digits, and a check digit'
  const expected = checkDigit(text.slice(0, -1))
  return text.endsWith(String(expected)) ? undefined : `its check digit should be ${expected}`
}

/** @returns the short code in a valid ISIN of a Korean share or fund; undefined where it has none */
export function shortCodeOf(isin: string): string | undefined {
  const [, issuer, issue = ''] = LISTED.exec(isin) ?? []
  return issuer === undefined ? undefined : `${issuer}${PREFERRED_ENDS[issue] ?? issue}`
}

/** ISO 6166: letters become two digits, and every second digit from the right is doubled (Luhn). */
function checkDigit(body: string): number {
  const digits = Array.from(body, (one) =>
    /\d/.test(one) ? one : String(one.charCodeAt(0) - LETTER_A + 10),
  ).join('')
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, place) => {
      const value = Number(digit) * (place % 2 === 0 ? 2 : 1)
      return total + (value > 9 ? value - 9 : value)
    }, 0)
  return (10 - (sum % 10)) % 10
}
