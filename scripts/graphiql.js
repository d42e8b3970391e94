// What the GraphiQL page that `npm run build` writes looks like when a newcomer opens it.
export const graphiqlOptions = {
  title: 'Kospigraph',
  endpoint: '/graphql',
  subscriptionsProtocol: 'WS',
  defaultQuery: '{ __typename }',
}
