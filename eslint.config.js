import js from '@eslint/js'
import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'src/db/generated/', 'src/ml/engine/wasm/assembly/', '.kospigraph/'] },
  js.configs.recommended,
  {
    files: ['**/*.js', '**/*.cjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        performance: 'readonly',
        module: 'writable',
        URL: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
  {
    // What the GraphiQL page runs in a browser.
    files: ['scripts/graphiql/start-page.js'],
    languageOptions: {
      globals: {
        window: 'readonly',
        document: 'readonly',
        URLSearchParams: 'readonly',
        setTimeout: 'readonly',
      },
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['{src,test,bench,scripts,bin}/**/*.{ts,js}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ObjectExpression > SpreadElement > ObjectExpression',
          message: 'Write the properties out: a spread literal hides excess properties from the compiler.',
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'src/config.ts alone is given the environment.' },
      ],
    },
  },
  {
    // ECMAScript leaves these to the implementation; what feeds a fit must have the same bits everywhere.
    files: ['src/ml/**/*.ts', 'src/market/simulator.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'src/config.ts alone is given the environment.' },
        ...[
          ...['log', 'log2', 'log10', 'log1p', 'exp', 'expm1', 'pow', 'cbrt', 'hypot', 'random'],
          ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2'],
          ...['sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh'],
        ].map((property) => ({
          object: 'Math',
          property,
          message: 'Its bits are up to the implementation: see src/ml/exact-math.ts.',
        })),
      ],
    },
  },
  {
    // Decorated arguments must be imported as values, and type-graphql wants async-looking resolvers and empty classes.
    files: ['src/graphql/**/*.ts'],
    rules: {
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/consistent-type-imports': 'off',
    },
  },
)
