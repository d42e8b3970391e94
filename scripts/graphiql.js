// What the GraphiQL page that the build writes shows to whoever opens it for the first time.
const FIRST_QUERY = `# Press Ctrl-Enter to run this.
# The book on the left has the whole schema.
{
  forecast(symbol: "SIM001") {
    targetSession
    origin
    predictedClose
    servedBy
    servedReason
    persistenceClose
    candidates { contender predictedClose saturated }
    modelVersion {
      number
      windowFirst
      windowLast
      engineVersion
      durationMs
      metrics { rmse persistenceRmse skill }
    }
  }
  bars(symbol: "SIM001", last: 5) {
    edges { node { session open high low close volume } }
  }
  symbols {
    edges { node { code name simulated dataVersion } }
  }
}
`

const LOGO = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#12263f"/>' +
    '<path d="M5 22l6-7 5 4 8-11" fill="none" stroke="#4fd1a5" stroke-width="3" stroke-linejoin="round"/>' +
    '<circle cx="26" cy="8" r="2.5" fill="#f6ad55"/></svg>',
)}`

export const graphiqlOptions = {
  title: 'Kospigraph',
  logo: LOGO,
  favicon: LOGO,
  endpoint: '/graphql',
  subscriptionsProtocol: 'WS',
  defaultQuery: FIRST_QUERY,
}
