/** One picture: a frame with axes, its title and legend above, and curves in it. */
import { extentOf } from './axis.js'
import type { Axis, Extent } from './axis.js'
import { areaPath, element, linePath, text } from './svg.js'
import type { Point } from './svg.js'

export const PAGE_WIDTH = 960
export const INK = '#1f2933'
export const QUIET = '#52606d'
const GRID = '#e4e7eb'
const MARGIN = { left: 76, right: 28, top: 44, bottom: 34 } as const
const LABEL_SIZE = 12
/** Widest letters of the fonts in question, over their size. */
const LETTER = 0.6

/** Of the plots of every panel. */
export const ACROSS: Extent = [MARGIN.left, PAGE_WIDTH - MARGIN.right]

export interface Curve {
  readonly name: string
  readonly colour: string
  readonly values: readonly (number | null)[]
  readonly dashed?: boolean
  /** Shades what lies between the curve and this value. */
  readonly shadeTo?: number
}

export interface Band {
  readonly name: string
  readonly colour: string
  readonly lower: readonly (number | null)[]
  readonly upper: readonly (number | null)[]
}

/** A line from top to bottom, with a word on each side. */
export interface Boundary {
  readonly at: number
  readonly before: string
  readonly after: string
}

export interface Panel {
  readonly title: string
  readonly height: number
  /** Of each value of every curve. */
  readonly x: readonly number[]
  readonly acrossAxis: Axis
  readonly upAxis: (values: Extent, range: Extent) => Axis
  readonly acrossLabel?: string
  readonly curves: readonly Curve[]
  readonly band?: Band
  readonly boundary?: Boundary
}

export function drawPanel(panel: Panel, top: number): string {
  const { x, acrossAxis, curves, band, boundary } = panel
  const range: Extent = [top + panel.height - MARGIN.bottom, top + MARGIN.top]
  const upAxis = panel.upAxis(extentOf(valuesOf(panel)), range)
  const pointsOf = (values: readonly (number | null)[]): (Point | null)[] =>
    x.map((at, place) => {
      const value = values[place] ?? null
      return value === null ? null : { x: acrossAxis.place(at), y: upAxis.place(value) }
    })
  return element(
    'g',
    {},
    text(panel.title, { x: ACROSS[0], y: top + 22, 'font-size': 15, 'font-weight': 600, fill: INK }),
    legend(panel, top + 22),
    grid(panel, upAxis, range[0]),
    band
      ? element('path', {
          d: areaPath(pointsOf(band.upper), pointsOf(band.lower)),
          fill: band.colour,
          'data-series': band.name,
          'fill-opacity': '0.3',
        })
      : '',
    ...curves.map((curve) => drawCurve(curve, pointsOf(curve.values), upAxis)),
    boundary ? drawBoundary(boundary, acrossAxis, range) : '',
  )
}

function* valuesOf({ curves, band }: Panel): Generator<number | null> {
  for (const { values, shadeTo } of curves) {
    yield* values
    if (shadeTo !== undefined) yield shadeTo
  }
  if (band) yield* [...band.lower, ...band.upper]
}

function drawCurve(curve: Curve, points: readonly (Point | null)[], upAxis: Axis): string {
  const { name, colour, shadeTo } = curve
  const line = element('path', {
    d: linePath(points),
    fill: 'none',
    stroke: colour,
    'stroke-width': 1.4,
    'data-series': name,
    'stroke-linejoin': 'round',
    'stroke-linecap': 'round',
    ...(curve.dashed === true && { 'stroke-dasharray': '5 4' }),
  })
  if (shadeTo === undefined) return line
  const base = points.map((point) => point && { x: point.x, y: upAxis.place(shadeTo) })
  return element('path', { d: areaPath(points, base), fill: colour, 'fill-opacity': '0.15' }) + line
}

function grid({ acrossAxis, acrossLabel }: Panel, upAxis: Axis, bottom: number): string {
  const [left, right] = ACROSS
  const label = { 'font-size': LABEL_SIZE, fill: QUIET }
  return [
    ...upAxis.ticks.flatMap(({ at, label: word }) => [
      element('line', { x1: left, x2: right, y1: at, y2: at, stroke: GRID }),
      text(word, { ...label, x: left - 10, y: at + 4, 'text-anchor': 'end' }),
    ]),
    ...acrossTicks(acrossAxis).flatMap(({ at, label: word }) => [
      element('line', { x1: at, x2: at, y1: bottom, y2: bottom + 5, stroke: QUIET }),
      text(word, { ...label, x: at, y: bottom + 19, 'text-anchor': 'middle' }),
    ]),
    element('line', { x1: left, x2: right, y1: bottom, y2: bottom, stroke: QUIET }),
    acrossLabel === undefined
      ? ''
      : text(acrossLabel, { ...label, x: right, y: bottom + 33, 'text-anchor': 'end' }),
  ].join('')
}

/** Those whose labels keep clear of the one before and of the page's edge. */
function acrossTicks({ ticks }: Axis): Axis['ticks'] {
  let free = 0
  return ticks.filter(({ at, label }) => {
    const half = widthOf(label) / 2
    if (at - half < free || at + half > PAGE_WIDTH) return false
    free = at + half + LABEL_SIZE
    return true
  })
}

/** Right-aligned on the line of the title, the last curve outermost. */
function legend({ curves, band }: Panel, y: number): string {
  const entries = [
    ...curves.map(({ name, colour, dashed }) => ({
      name,
      colour,
      kind: dashed === true ? 'dashed' : 'line',
    })),
    ...(band ? [{ name: band.name, colour: band.colour, kind: 'band' }] : []),
  ]
  let right = ACROSS[1]
  return entries
    .reverse()
    .map(({ name, colour, kind }) => {
      const from = right - widthOf(name) - 30
      right = from - 18
      const sample =
        kind === 'band'
          ? element('rect', {
              x: from,
              y: y - 10,
              width: 22,
              height: 11,
              fill: colour,
              'fill-opacity': '0.3',
            })
          : element('line', {
              x1: from,
              x2: from + 22,
              y1: y - 4,
              y2: y - 4,
              stroke: colour,
              'stroke-width': 2.4,
              ...(kind === 'dashed' && { 'stroke-dasharray': '5 4' }),
            })
      return sample + text(name, { x: from + 28, y, 'font-size': LABEL_SIZE, fill: INK })
    })
    .join('')
}

function drawBoundary({ at, before, after }: Boundary, axis: Axis, [bottom, top]: Extent): string {
  const x = axis.place(at)
  const y = top + 12
  // On top of the curves, so it needs a ground of its own.
  const label = {
    y,
    'font-size': LABEL_SIZE,
    fill: INK,
    stroke: '#ffffff',
    'stroke-width': 4,
    'paint-order': 'stroke',
    'stroke-linejoin': 'round',
  }
  return (
    element('line', { x1: x, x2: x, y1: top, y2: bottom, stroke: INK, 'stroke-dasharray': '3 3' }) +
    text(before, { ...label, x: x - 8, 'text-anchor': 'end' }) +
    text(after, { ...label, x: x + 8, 'text-anchor': 'start' })
  )
}

function widthOf(label: string): number {
  return label.length * LABEL_SIZE * LETTER
}
