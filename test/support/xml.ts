/** A strict parser of the XML that this program writes: elements, attributes and text; anything else is refused. */

export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

interface Open {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: XmlElement[]
  text: string
}

const TOKEN = /<(\/?)([a-z][\w-]*)((?: [\w:-]+="[^"<]*")*)(\/?)>|([^<]+)/gy
const ATTRIBUTE = / ([\w:-]+)="([^"]*)"/g
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }

/** @throws Error where the text is not well-formed */
export function parseXml(source: string): XmlElement {
  const root: Open = { name: '', attributes: {}, children: [], text: '' }
  const stack = [root]
  let end = 0
  for (const [token, closing, name = '', attributes = '', single, text] of source.matchAll(TOKEN)) {
    end += token.length
    const parent = stack.at(-1)
    if (!parent) throw new Error('text after the root')
    if (text !== undefined) {
      parent.text += decode(text)
    } else if (closing === '/') {
      if (parent.name !== name || stack.length < 2) throw new Error(`</${name}> closes <${parent.name}>`)
      stack.pop()
    } else {
      const opened: Open = { name, attributes: attributesOf(attributes), children: [], text: '' }
      parent.children.push(opened)
      if (single !== '/') stack.push(opened)
    }
  }
  const [only, ...others] = root.children
  if (end !== source.length) throw new Error(`not well-formed at: ${source.slice(end, end + 80)}`)
  if (stack.length !== 1 || !only || others.length > 0 || root.text.trim() !== '') {
    throw new Error('a document has one root')
  }
  return only
}

function attributesOf(text: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [, name = '', value = ''] of text.matchAll(ATTRIBUTE)) {
    if (name in found) throw new Error(`${name} is there twice`)
    found[name] = decode(value)
  }
  return found
}

function decode(text: string): string {
  return text.replaceAll(/&(\w*);?/g, (entity, name: string) => {
    const letter = entity.endsWith(';') ? ENTITIES[name] : undefined
    if (letter === undefined) throw new Error(`${entity} is no entity`)
    return letter
  })
}
