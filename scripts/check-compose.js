// Checks docker-compose.yml and Dockerfile as far as that goes without Docker: what must hold so that the two
// services start, find each other and are not open to everyone.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from './build.js'

// The parser comes with knip, which reads YAML itself.
const { parse } = createRequire(import.meta.resolve('knip'))('yaml')
const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
/** Read by the PostgreSQL client library, not by the configuration. */
const PACKAGE_VARIABLES = ['PGPASSWORD']
const SECRETS = { POSTGRES_PASSWORD: 'p@ss/word', API_TOKEN: '0123456789abcdef' }

const failures = []
function expect(holds, message) {
  if (!holds) failures.push(message)
}

/** As compose would fill it in, with nothing set but the secrets. */
function substitute(value) {
  return String(value).replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name, kind, text) => {
    if (kind === '-') return text
    expect(name in SECRETS, `${name} is required, but not one of ${Object.keys(SECRETS).join(', ')}`)
    expect(text.includes(name), `the message of \${${name}:?…} does not name ${name}`)
    return SECRETS[name] ?? ''
  })
}

function environmentOf(service) {
  return Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([name, value]) => [name, substitute(value)]),
  )
}

const { services = {}, volumes = {} } = parse(read('docker-compose.yml'))
expect(Object.keys(services).sort().join() === 'app,database', 'the services are not app and database')
const { app = {}, database = {} } = services

const server = environmentOf(database)
expect(database.image === 'postgres:18', 'database is not postgres:18')
expect(database.volumes?.includes('database:/var/lib/postgresql'), 'the data is not on the volume')
expect('database' in volumes, 'the volume is not declared')
expect(database.ports === undefined, 'database is reachable from outside')
expect(database.healthcheck?.test?.includes('pg_isready'), 'database has no health check')
expect(server.POSTGRES_PASSWORD === SECRETS.POSTGRES_PASSWORD, 'POSTGRES_PASSWORD is not required')

const environment = environmentOf(app)
const known = [...read('src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): z\b/gm)].map(([, name]) => name)
expect(known.includes('DATABASE_URL'), 'the names in the schema of src/config.ts were not found')
for (const name of Object.keys(environment)) {
  expect([...known, ...PACKAGE_VARIABLES].includes(name), `src/config.ts does not know ${name}`)
}
await build()
const { parseConfig, requireSafeHost } = await import('../dist/src/config.js')
try {
  const config = parseConfig(environment, '/')
  requireSafeHost(config)
  const url = new URL(config.databaseUrl)
  expect(config.apiToken === SECRETS.API_TOKEN, 'API_TOKEN is not required')
  expect(url.hostname in services, `DATABASE_URL names ${url.hostname}, which is no service`)
  expect(url.username === server.POSTGRES_USER, 'DATABASE_URL names another user')
  expect(url.pathname === `/${server.POSTGRES_DB}`, 'DATABASE_URL names another database')
  expect(environment.PGPASSWORD === server.POSTGRES_PASSWORD, 'the two services differ in their password')
  expect(app.ports?.join() === `127.0.0.1:4000:${config.port}`, 'the port is not published on loopback alone')
} catch (error) {
  failures.push(error.message)
}
expect(app.depends_on?.database?.condition === 'service_healthy', 'app does not wait for the database')
expect(app.build === '.', 'app is not built from here')

const dockerfile = read('Dockerfile')
expect(/^HEALTHCHECK .*\/health.*Bearer/m.test(dockerfile), 'the image has no health check')
const stages = dockerfile.split(/^(?=FROM )/m).slice(1)
const stage = (name) => stages.find((text) => text.split('\n', 1)[0].endsWith(` AS ${name}`)) ?? ''
for (const name of ['app', 'gpu'])
  expect(/^USER (\w+)$(?![^]*^USER )/m.exec(stage(name))?.[1] === 'node', `the ${name} image runs as root`)
expect(stages.at(-1)?.trim() === 'FROM app', 'a build without a target does not make the app image')
expect(stage('gpu').startsWith('FROM app '), 'the gpu image is not the app image with a GPU')
expect(
  /require\('@tensorflow\/tfjs-node-gpu'\)/.test(stage('gpu-packages')),
  'the gpu image may lack TensorFlow',
)

for (const failure of failures) console.error(`docker-compose.yml, Dockerfile: ${failure}`)
if (failures.length > 0) process.exitCode = 1
