/** Recognises pages by which a vendor refuses a client although it asked for data: logins, captchas, notices of a block. */

/** Enough for the head of a page and the notice below it. */
const READ_CHARACTERS = 20_000

/** Words of a notice, anywhere in a page. */
const NOTICES = [
  /captcha/i,
  /unusual traffic/i,
  /access (?:is |has been |was )?(?:denied|blocked|restricted)/i,
  /(?:your|this) (?:ip|address|network|request) (?:address )?(?:is|has been|was) blocked/i,
  /접속이?\s*(?:일시적으로\s*)?(?:제한|차단)/,
  /비정상(?:적인)?\s*(?:대량\s*)?(?:조회|접근|접속)/,
  /자동화\s*(?:된\s*)?(?:수단|프로그램)/,
]
/** A login is a block where the page is about it: in the title, or with a field for a password. */
const LOGINS = [/<title>[^<]*(?:log ?in|sign ?in|로그인)[^<]*<\/title>/i, /<input[^>]*type=["']?password/i]

/** @returns what the page is, or undefined where the body is no page, or a page that does not refuse */
export function blockOf(body: Uint8Array): string | undefined {
  const head = decode(body)
  if (!/^\s*</.test(head)) return undefined
  if (NOTICES.some((notice) => notice.test(head))) return 'a page that blocks this client'
  return LOGINS.some((login) => login.test(head)) ? 'a login page' : undefined
}

/** Older Korean pages are EUC-KR. */
function decode(body: Uint8Array): string {
  const head = body.subarray(0, READ_CHARACTERS)
  const text = new TextDecoder().decode(head)
  return text.includes('\uFFFD') ? new TextDecoder('euc-kr').decode(head) : text
}
