/** SVG as text: elements, and nothing that could break out of them. */

export type Attributes = Readonly<Record<string, string | number>>

/** @throws RangeError where a number is not finite */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(textOf(value))}"`)
  const open = `<${name}${written.join('')}`
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`
}

export function text(content: string, attributes: Attributes): string {
  return element('text', attributes, escape(content))
}

export function escape(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** In pixels, to a tenth. */
export function round(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`A picture has no place for ${value}.`)
  return Math.round(value * 10) / 10
}

function textOf(value: string | number): string {
  return typeof value === 'string' ? value : String(round(value))
}

export interface Point {
  readonly x: number
  readonly y: number
}

/** A line through the points, interrupted where there is none. */
export function linePath(points: readonly (Point | null)[]): string {
  let path = ''
  let drawing = false
  for (const [place, point] of points.entries()) {
    if (point) {
      const at = `${round(point.x)} ${round(point.y)}`
      // A point between gaps would be a line of no length, which round ends show.
      path += drawing ? `L${at}` : points[place + 1] ? `M${at}` : `M${at}l0 0`
    }
    drawing = point !== null
  }
  return path
}

/** The area between two lines, in pieces where one of them has gaps. */
export function areaPath(upper: readonly (Point | null)[], lower: readonly (Point | null)[]): string {
  const pieces: string[] = []
  let piece: [Point[], Point[]] = [[], []]
  const end = (): void => {
    const [above, below] = piece
    if (above.length > 0) pieces.push(`${linePath([...above, ...below.reverse()])}Z`)
    piece = [[], []]
  }
  for (const [place, above] of upper.entries()) {
    const below = lower[place]
    if (above && below) {
      piece[0].push(above)
      piece[1].push(below)
    } else end()
  }
  end()
  return pieces.join('')
}
