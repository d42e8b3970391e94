// Renders the GraphiQL page: one file with its scripts, workers, styles, fonts and pictures, so that it works
// without a network. GraphiQL comes built from @graphql-yoga/render-graphiql. That package's own template is not
// used: it opens with comments only, ignores `variables` and `operationName` in the address, and has no viewport
// for phones.
import { readFileSync } from 'node:fs'
import {
  css,
  editorWorkerService,
  graphqlWorker,
  js,
  jsonWorker,
} from '@graphql-yoga/render-graphiql/graphiql'

const TITLE = 'Kospigraph'

function read(file, encoding = 'utf8') {
  return readFileSync(new URL(file, import.meta.url), encoding)
}

// Inlined text must not end the element around it.
function inScript(value) {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}

export function renderPage() {
  const logo = `data:image/svg+xml;base64,${read('logo.svg', 'base64')}`
  const options = {
    title: TITLE,
    logo: `<img src="${logo}" alt="">`,
    firstQuery: read('first-query.graphql'),
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<link rel="icon" href="${logo}">
<style>${css}
${read('style.css')}</style>
</head>
<body class="no-focus-outline">
<noscript>This page needs JavaScript. Without it, POST a query to this address.</noscript>
<div id="root"></div>
<script>
const workers = ${inScript({ editorWorkerService, json: jsonWorker, graphql: graphqlWorker })}
const workerUrl = (_, label) => URL.createObjectURL(new Blob([workers[label]], { type: 'text/javascript' }))
// With globalAPI, the editor is reachable as window.monaco.
window.MonacoEnvironment = { globalAPI: true, getWorkerUrl: workerUrl }
</script>
<script>${js}</script>
<script type="application/json" id="options">${inScript(options)}</script>
<script type="module">${read('start-page.js')}</script>
</body>
</html>
`
}
