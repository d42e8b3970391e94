import { symbolCodeProblem } from '../../../src/domain/symbol.js'

it.each(['KOSDAQ', 'KOSPII', 'ABCDEF', '00593', '0059300', 'kospi'])(
  'refuses %s, so that no index is stored as a share with prices of whole won',
  (code) => {
    expect(symbolCodeProblem(code)).toContain(`"${code}" is neither KOSPI nor`)
  },
)

it('refuses codes of the simulated market', () => {
  expect(symbolCodeProblem('SIM001')).toContain('reserved for the simulated market')
})

it.each(['KOSPI', '005930', '00088K', '0126Z0'])('accepts %s', (code) => {
  expect(symbolCodeProblem(code)).toBeUndefined()
})
