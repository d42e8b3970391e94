// Checks docker-compose.yml and Dockerfile without Docker: the services start in order, find each other and are
// not open to everyone. Every command is run by the real program with compose's environment, up to its first
// connection.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from './build.js'

// The parser comes with knip, which reads YAML itself.
const { parse } = createRequire(import.meta.resolve('knip'))('yaml')
const root = new URL('../', import.meta.url)
const read = (file) => readFileSync(new URL(file, root), 'utf8')
/** Read by the PostgreSQL client library, not by the configuration. */
const PACKAGE_VARIABLES = ['PGPASSWORD']
const SECRETS = { POSTGRES_PASSWORD: 'p@ss/word', API_TOKEN: '0123456789abcdef' }
/** The program's services, and their commands. */
const COMMANDS = {
  migrate: ['migrate'],
  api: ['serve', '--role', 'api'],
  worker: ['serve', '--role', 'worker'],
  scheduler: ['serve', '--role', 'scheduler'],
  'worker-gpu': ['serve', '--role', 'worker'],
}

const failures = []
function expect(holds, message) {
  if (!holds) failures.push(message)
}

/** Fills in variables as compose would, with only the secrets set. */
function substitute(value) {
  if (Array.isArray(value)) return value.map(substitute)
  if (value instanceof Object)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, substitute(inner)]))
  if (typeof value !== 'string') return value
  return value.replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name, kind, text) => {
    if (kind === '-') return text
    expect(name in SECRETS, `${name} is required, but not one of ${Object.keys(SECRETS).join(', ')}`)
    expect(text.includes(name), `the message of \${${name}:?…} does not name ${name}`)
    return SECRETS[name] ?? ''
  })
}

function environmentOf(service) {
  return Object.fromEntries(Object.entries(service.environment ?? {}).map(([k, value]) => [k, String(value)]))
}

const dockerfile = read('Dockerfile')
const stages = dockerfile.split(/^(?=FROM )/m).slice(1)
const stage = (name) => stages.find((text) => text.split('\n', 1)[0].endsWith(` AS ${name}`)) ?? ''
const imageEnvironment = Object.fromEntries(
  [...stage('app').matchAll(/^ENV (.*)$/gm)].flatMap(([, text]) =>
    text.split(' ').map((one) => one.split('=')),
  ),
)

const { services = {}, volumes = {} } = substitute(parse(read('docker-compose.yml'), { merge: true }))
const names = ['database', ...Object.keys(COMMANDS)]
expect(
  Object.keys(services).sort().join() === names.sort().join(),
  `the services are not ${names.join(', ')}`,
)
const { database = {} } = services

const server = environmentOf(database)
expect(database.image === 'postgres:18', 'database is not postgres:18')
expect(database.volumes?.includes('database:/var/lib/postgresql'), 'the data is not on the volume')
expect('database' in volumes, 'the volume is not declared')
expect(database.ports === undefined, 'database is reachable from outside')
expect(database.healthcheck?.test?.includes('pg_isready'), 'database has no health check')
expect(server.POSTGRES_PASSWORD === SECRETS.POSTGRES_PASSWORD, 'POSTGRES_PASSWORD is not required')

await build()
const { parseConfig, requireSafeHost } = await import('../dist/src/config.js')
const known = [...read('src/config.ts').matchAll(/^ {2}([A-Z][A-Z_]+): \w/gm)].map(([, name]) => name)
expect(known.includes('DATABASE_URL'), 'the names in the schema of src/config.ts were not found')
const drainMs = [...read('src/shutdown.ts').matchAll(/^const (?:DRAIN_LIMIT|FORCED_EXIT)_MS = ([\d_]+)/gm)]
  .map(([, ms]) => Number(ms.replaceAll('_', '')))
  .reduce((sum, ms) => sum + ms, 0)

function checkService(name, service) {
  const tell = (holds, message) => expect(holds, `${name} ${message}`)
  const environment = environmentOf(service)
  const isOneShot = name === 'migrate'
  for (const variable of Object.keys(environment)) {
    tell(
      [...known, ...PACKAGE_VARIABLES].includes(variable),
      `sets ${variable}, which src/config.ts does not know`,
    )
  }
  tell(service.command?.join() === COMMANDS[name].join(), `does not run ${COMMANDS[name].join(' ')}`)
  tell(service.container_name === undefined, 'has a name, so there can be only one')
  tell(
    service.restart === (isOneShot ? 'no' : 'unless-stopped'),
    'must be restarted only if it is a lasting service',
  )
  tell(isOneShot === (service.healthcheck?.disable === true), "does not have the image's health check")
  tell(
    parseInt(service.stop_grace_period) * 1_000 >= drainMs,
    `is killed within ${drainMs} ms, while it drains`,
  )
  tell(service.cap_drop?.join() === 'ALL', 'keeps capabilities')
  tell(service.security_opt?.includes('no-new-privileges:true'), 'may gain privileges')
  const { migrate, database: waitsFor } = service.depends_on ?? {}
  if (isOneShot) tell(waitsFor?.condition === 'service_healthy', 'does not wait for the database')
  else tell(migrate?.condition === 'service_completed_successfully', 'does not wait for migrate')
  const target = name === 'worker-gpu' ? 'gpu' : 'app'
  const image = target === 'gpu' ? 'kospigraph-gpu' : 'kospigraph'
  tell(service.image === image, `is not ${image}`)
  const builds = isOneShot || target === 'gpu'
  tell(service.pull_policy === (builds ? 'build' : 'never'), 'might take its image from elsewhere')
  tell(builds === (service.build !== undefined), builds ? 'is not built' : 'is built a second time')
  try {
    const config = parseConfig({ ...imageEnvironment, ...environment }, '/')
    const url = new URL(config.databaseUrl)
    tell(url.hostname === 'database', `looks for its database at ${url.hostname}`)
    tell(url.username === server.POSTGRES_USER, 'names another user of the database')
    tell(url.pathname === `/${server.POSTGRES_DB}`, 'names another database')
    tell(environment.PGPASSWORD === server.POSTGRES_PASSWORD, 'has another password than the database')
    tell(config.healthPort > 0, 'has no port for the health check')
    if (name === 'api') {
      requireSafeHost(config)
      tell(config.apiToken === SECRETS.API_TOKEN, 'does not require API_TOKEN')
      tell(service.ports?.join() === `127.0.0.1:4000:${config.port}`, 'is not published on loopback alone')
    } else {
      tell(environment.API_TOKEN === undefined, 'gets API_TOKEN without using it')
      tell(service.ports === undefined, 'publishes a port, so there can be only one')
    }
  } catch (error) {
    failures.push(`${name}: ${error.message}`)
  }
}

/** Port 0 is any free one: the ports of the file may be taken on this machine. */
const FREE_PORTS = { PORT: '0', HEALTH_PORT: '0' }

/** Runs the command with an unreachable database and free ports, as a container has them: it must fail only there. */
function runService(name, service) {
  const environment = { ...imageEnvironment, ...environmentOf(service) }
  const databaseUrl = environment.DATABASE_URL?.replace(/@[^/]*/, '@127.0.0.1:1')
  const child = spawn(process.execPath, ['bin/kospigraph.js', ...(service.command ?? [])], {
    cwd: fileURLToPath(root),
    env: { PATH: process.env.PATH, ...environment, DATABASE_URL: databaseUrl, ...FREE_PORTS },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  return new Promise((resolve) => {
    child.on('close', () => {
      expect(/^DATABASE: PostgreSQL at 127\.0\.0\.1:1\b/m.test(output), `${name} does not start: ${output}`)
      resolve()
    })
  })
}

const programs = Object.entries(services).filter(([name]) => name in COMMANDS)
for (const [name, service] of programs) checkService(name, service)
await Promise.all(programs.map(([name, service]) => runService(name, service)))

const gpu = services['worker-gpu'] ?? {}
const [device] = gpu.deploy?.resources?.reservations?.devices ?? []
expect(gpu.profiles?.join() === 'gpu', 'worker-gpu starts without its profile')
expect(gpu.build?.target === 'gpu', 'worker-gpu is not built with TensorFlow')
expect(device?.driver === 'nvidia' && device.capabilities?.includes('gpu'), 'worker-gpu is given no GPU')
for (const [name, service] of programs) {
  if (name !== 'worker-gpu') expect(service.profiles === undefined, `${name} only starts with a profile`)
}

expect(/^HEALTHCHECK .*"bin\/health\.js"/m.test(stage('app')), 'the image has no health check')
expect(
  /^ENTRYPOINT \["node", "bin\/kospigraph\.js"\]$/m.test(stage('app')),
  'the image does not run the program',
)
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
