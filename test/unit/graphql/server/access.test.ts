import { createAccess } from '../../../../src/graphql/server/access.js'

const local = { host: '127.0.0.1:4000' }
const TOKEN = 'a-token-of-some-length'

describe('access without a token', () => {
  const access = createAccess(undefined)

  it('lets programs on this machine in', () => {
    expect(access.refuse(local)).toBeUndefined()
    expect(access.refuse({ host: 'localhost:4000' })).toBeUndefined()
    expect(access.refuse({ host: '[::1]:4000' })).toBeUndefined()
    expect(access.admits(local, undefined)).toBe(true)
  })

  it('refuses a name that was rebound to this machine', () => {
    expect(access.refuse({ host: 'evil.example:4000' })).toMatchObject({ status: 403 })
  })

  it("refuses pages of other sites, also for WebSockets, and lets the server's own in", () => {
    expect(access.refuse({ ...local, origin: 'https://evil.example' })).toMatchObject({ status: 403 })
    expect(access.refuseUpgrade({ ...local, origin: 'http://localhost:8080' })).toMatchObject({ status: 403 })
    expect(access.refuse({ ...local, origin: 'http://127.0.0.1:4000' })).toBeUndefined()
  })
})

describe('access with a token', () => {
  const access = createAccess(TOKEN)

  it('requires it from every request, whatever host it names', () => {
    expect(access.refuse({ host: 'data.example' })).toMatchObject({ status: 401 })
    expect(access.refuse({ host: 'data.example', authorization: `Bearer ${TOKEN}x` })).toMatchObject({
      status: 401,
    })
    expect(access.refuse({ host: 'data.example', authorization: `Bearer ${TOKEN}` })).toBeUndefined()
    expect(access.refuse({ host: 'data.example', authorization: `bearer ${TOKEN}` })).toBeUndefined()
    expect(access.refuse({ host: 'data.example', authorization: TOKEN })).toMatchObject({ status: 401 })
  })

  it('takes it from the headers of a WebSocket or from its first message', () => {
    expect(access.refuseUpgrade(local)).toBeUndefined()
    expect(access.refuseUpgrade({ ...local, authorization: 'Bearer wrong' })).toMatchObject({ status: 401 })
    expect(access.admits(local, undefined)).toBe(false)
    expect(access.admits(local, { authorization: 'Bearer wrong' })).toBe(false)
    expect(access.admits(local, { authorization: `Bearer ${TOKEN}` })).toBe(true)
    expect(access.admits({ ...local, authorization: `Bearer ${TOKEN}` }, undefined)).toBe(true)
  })
})
