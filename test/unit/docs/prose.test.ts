/** Documents can be read once: short enough, and free of phrases that a reader has to translate. */
import { DOCUMENTS, paragraphs, read, sentences } from '../../support/documents.js'

const MAX_README_LINES = 150
const MAX_SENTENCES = 5
/** With the plain word instead. */
const RIDDLES: readonly (readonly [RegExp, string])[] = [
  [/\bwhoever\b/i, 'the one that does it'],
  [/\bnobody\b/i, 'no one, or the passive'],
  [/\bsomebody\b/i, 'the person who does it'],
  [/\bc(?:o|a)mes? to\b(?! rest)/i, 'becomes, results in'],
  [/\bare worth\b|\bis worth\b/i, 'the figure itself'],
  [/\bmore than chance\b/i, 'statistically significant'],
  [/\bsays?\b|\bsaid\b/i, 'states, reports, returns'],
  [/\btells?\b|\btold\b/i, 'reports'],
  [/\bmade up for\b|\bmakes? up for\b/i, 'computed later'],
  [/\btake[sn]? (?:\w+ )?for\b/i, 'reads as'],
  [/\bnone besides\b/i, 'only'],
  [/남짓/, '약'],
  [/우연을 넘/, '통계적으로 유의하게'],
  [/누가 제공/, '어떤 모델이 서비스되는지'],
  [/이유를 묻/, '사유를 반드시 입력'],
]

describe.each(DOCUMENTS)('%s', (document) => {
  const all = paragraphs(read(document))

  it('has paragraphs of at most five sentences', () => {
    expect(all.filter((paragraph) => sentences(paragraph).length > MAX_SENTENCES)).toEqual([])
  })

  it('uses plain words', () => {
    const found = all.flatMap((paragraph) => {
      const prose = paragraph.replaceAll(/`[^`]*`/g, '')
      return RIDDLES.flatMap(([riddle, instead]) => {
        const match = riddle.exec(prose)
        return match ? [`"${match[0]}" in "${paragraph.slice(0, 60)}…": write ${instead}`] : []
      })
    })
    expect(found).toEqual([])
  })
})

it.each(['README.md', 'README.ko.md'])(`%s has at most ${MAX_README_LINES} lines`, (readme) => {
  expect(read(readme).trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_README_LINES)
})
