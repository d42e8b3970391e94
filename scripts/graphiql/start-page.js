// Runs in the browser, after GraphiQL's own script: starts GraphiQL with the query of the address, or with the first
// query, and keeps the address up to date, so that a copied address opens with the same query.

// The server accepts at most 16 KB of headers, including the address.
const MAX_ADDRESS_LENGTH = 8000
const OPERATION = 'query|mutation|subscription'

const { title, logo, firstQuery } = JSON.parse(document.getElementById('options').textContent)
const link = new URLSearchParams(window.location.search)
const shown = {
  query: link.get('query') || firstQuery,
  variables: link.get('variables') ?? '',
  operationName: link.get('operationName'),
}
const isNarrow = window.matchMedia('(max-width: 720px)').matches
const hasMouse = window.matchMedia('(pointer: fine)').matches

/** Where the named operation begins in the query; -1 where there is none. */
function findOperation({ query, operationName }) {
  if (!/^[_a-z]\w*$/i.test(operationName ?? '')) return -1
  return query.search(new RegExp(`\\b(?:${OPERATION})\\s+${operationName}\\b`))
}

function updateAddress(change) {
  Object.assign(shown, change)
  const { query, variables, operationName } = shown
  const parameters = new URLSearchParams()
  if (query !== firstQuery) parameters.set('query', query)
  if (variables) parameters.set('variables', variables)
  if (query !== firstQuery && findOperation(shown) >= 0) parameters.set('operationName', operationName)
  const { pathname } = window.location
  const address = `${pathname}?${parameters}`
  const keepsLink = `${parameters}` !== '' && address.length <= MAX_ADDRESS_LENGTH
  window.history.replaceState({}, '', keepsLink ? address : pathname)
}

// GraphiQL runs the operation that the cursor is in, and has no other way to choose one from outside.
function prepareQueryEditor(editor) {
  const start = findOperation(shown)
  const model = editor.getModel()
  if (start >= 0 && model) {
    const position = model.getPositionAt(start)
    editor.setPosition(position)
    editor.revealPositionInCenterIfOutsideViewport(position)
  }
  // On a touch screen the focus would bring up the keyboard.
  if (hasMouse) editor.focus()
}

window.monaco.editor.onDidCreateEditor((editor) => {
  if (isNarrow) editor.updateOptions({ folding: false, lineNumbersMinChars: 2, wordWrap: 'on' })
  // The editor receives its text right after this event.
  const isQueryEditor = editor.getContainerDomNode().closest('.graphiql-query-editor') !== null
  if (isQueryEditor) setTimeout(() => prepareQueryEditor(editor))
})

window.YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  title,
  logo,
  query: shown.query,
  variables: shown.variables,
  subscriptionsProtocol: 'WS',
  defaultEditorToolsVisibility: shown.variables !== '',
  onEditQuery: (query) => updateAddress({ query }),
  onEditVariables: (variables) => updateAddress({ variables }),
  onEditOperationName: (operationName) => updateAddress({ operationName }),
})
