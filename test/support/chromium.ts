/** Finds and starts this machine's headless Chromium for tests of the page. */
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'
import type { Browser } from 'playwright-core'

const USUAL_PATHS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Path of the browser: CHROMIUM, or the first of the usual paths that exists; undefined where there is none. */
export const CHROMIUM_PATH = process.env['CHROMIUM'] || USUAL_PATHS.find((path) => existsSync(path))

export async function launchChromium(): Promise<Browser> {
  if (CHROMIUM_PATH === undefined) throw new Error('No Chromium is installed; set CHROMIUM to its path')
  const offline = ['--disable-background-networking', '--disable-component-update', '--disable-sync']
  // Chromium refuses to start its sandbox as root.
  const isRoot = process.getuid?.() === 0
  return chromium.launch({ executablePath: CHROMIUM_PATH, chromiumSandbox: !isRoot, args: offline })
}
