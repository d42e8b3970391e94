/** The documents of the repository as their tests read them: blocks, links, commands and prose of Markdown. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Compiled, this file lies in dist/test/support. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const under = (folder: string): string[] =>
  readdirSync(`${ROOT}${folder}`)
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${folder}/${name}`)

export const ENGLISH_PAGES = under('docs')
export const KOREAN_PAGES = under('docs/ko')
/** Everything that people read, in order of importance. */
export const DOCUMENTS = [
  'README.md',
  'README.ko.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...ENGLISH_PAGES,
  ...KOREAN_PAGES,
]

export function read(file: string): string {
  return readFileSync(`${ROOT}${file}`, 'utf8')
}

/** The contents of its fenced blocks in one language. */
export function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, block = '']) => block,
  )
}

/** The text without fenced blocks. */
export function withoutBlocks(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '')
}

/** What stands in `code` outside of fenced blocks, on one line each. */
export function codeSpans(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replaceAll(/\s+/g, ' '))
}

/** Lines of shell, those that end in a backslash joined: of its blocks, and its code spans. */
export function commandLines(text: string): string[] {
  const lines = blocks(text, 'sh').flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'))
  return [...lines, ...codeSpans(text)].map((line) => line.replace(/ {2,}#.*$/, '').trim())
}

/** One string each: headings, tables, comments and fenced blocks are left out, an item of a list is a paragraph. */
export function paragraphs(text: string): string[] {
  return withoutBlocks(text)
    .replaceAll(/<!--.*?-->/gs, '')
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )/)
    .map((part) => part.trim())
    .filter((part) => part !== '' && !/^[#|>]/.test(part))
    .map((part) => part.replaceAll(/\s+/g, ' '))
}

/** A paragraph as a reader counts it: code and links hold no end of a sentence, and a lead in bold type is a heading. */
export function sentences(paragraph: string): string[] {
  return paragraph
    .replace(/^(?:[-*]|\d+\.) /, '')
    .replace(/^\*\*[^*]+[.!?]\*\* /, '')
    .replaceAll(/`[^`]*`/g, 'code')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/\b(e\.g|i\.e|vs|cf)\./g, '$1')
    .split(/(?<=[.!?][)”"*_]*)\s+(?=[\p{Lu}\p{Lo}*_“"[(]|code)/u)
    .filter((sentence) => sentence.trim() !== '')
}

/** A heading's anchor as GitHub makes it. */
export function anchors(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/[`*]/g, '')
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The cells of each table, its heading first and its rule left out. */
export function tables(text: string): string[][][] {
  return [...withoutBlocks(text).matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .filter((_, at) => at !== 1)
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  )
}
