// Opening exactly the file that was decided about, and nothing that was put in its place.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { Gate, OpenFile, openBeneath } from 'toolgate'

import { directory } from './support.mjs'

const skip = process.platform === 'win32' && 'files are opened on Unix alone'

/** `a/f` says `inside`; `../secret/f` says `secret`; `out` is a link to its directory, `within` one to `a`. */
function tree() {
  const place = directory()
  const root = join(place, 'root')
  const secret = join(place, 'secret')
  mkdirSync(join(root, 'a'), { recursive: true })
  mkdirSync(secret)
  writeFileSync(join(root, 'a', 'f'), 'inside')
  writeFileSync(join(secret, 'f'), 'secret')
  symlinkSync(secret, join(root, 'out'))
  symlinkSync('a', join(root, 'within'))
  const policy = `audit: off\ndefault: deny\ntools: { file.*: { decision: allow, allowed_paths: ['${root}'] } }`
  return { root, secret, gate: Gate.fromYaml(policy, { cwd: root }) }
}

async function readWith(opening) {
  const file = await opening
  try {
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function writeWith(opening, text) {
  const file = await opening
  await file.writeFile(text)
  await file.close()
}

test('a file beneath a directory', { skip }, async () => {
  const { root } = tree()
  assert.equal(await readWith(openBeneath(root, 'a/f')), 'inside')
  await writeWith(openBeneath(root, 'a/new', 'wx'), 'grüße')
  await writeWith(openBeneath(root, 'a/new', 'a'), '!')
  assert.equal(await readWith(openBeneath(root, 'a/new', 'r+')), 'grüße!')
  await writeWith(openBeneath(root, 'a/new', 'w'), 'x')
  assert.equal(readFileSync(join(root, 'a', 'new'), 'utf8'), 'x')
  await assert.rejects(openBeneath(root, 'a/new', 'wx'), { code: 'EEXIST', syscall: 'open' })
  await assert.rejects(openBeneath(root, 'a/none'), { code: 'ENOENT' })
  for (const flags of ['q', 'rx', '', 'rw', 7]) await assert.rejects(openBeneath(root, 'a/f', flags), TypeError)
})

test('an open file has the methods of a FileHandle that are used most', { skip }, async () => {
  const { root } = tree()
  const file = await openBeneath(root, 'a/f', 'r+')
  const { bytesRead, buffer } = await file.read(Buffer.alloc(3), 0, 3, 2)
  assert.deepEqual([bytesRead, buffer.toString()], [3, 'sid'])
  assert.equal((await file.write(Buffer.from('O'), 0, 1, 0)).bytesWritten, 1)
  await file.truncate(2)
  assert.equal((await file.stat()).size, 2)
  await file.close()
  await file.close()
  assert.equal(file.fd, -1)
  await assert.rejects(file.readFile(), { code: 'EBADF' })
  assert.equal(readFileSync(join(root, 'a', 'f'), 'utf8'), 'On')
  let text = ''
  const reading = await openBeneath(root, 'a/f')
  for await (const part of reading.createReadStream({ encoding: 'utf8' })) text += part
  assert.deepEqual([text, reading.fd], ['On', -1])
  const stream = (await openBeneath(root, 'a/g', 'w')).createWriteStream()
  await new Promise((done) => stream.end('streamed', done))
  assert.equal(await readWith(openBeneath(root, 'a/g')), 'streamed')
})

for (const path of ['out/f', 'within/f', '../secret/f', 'a/../../secret/f', '/etc/hostname', '', 'a/none']) {
  test(`no link and no way out is followed: ${path}`, { skip }, async () => {
    const { root } = tree()
    for (const flags of ['r', 'r+']) {
      await assert.rejects(openBeneath(root, path, flags), { syscall: 'open', code: /^E[A-Z]+$/ })
    }
  })
}

test('a decision opens its file', { skip }, async () => {
  const { root, gate } = tree()
  const decision = gate.guard('read_file', { path: 'within/f' })
  assert.deepEqual([decision.allowed, decision.realPath], [true, join(root, 'a', 'f')])
  const file = await decision.open()
  assert.ok(file instanceof OpenFile)
  await file.close()
  assert.equal(await readWith(decision.open('r')), 'inside')
  await assert.rejects(decision.open('w'), { code: 'EACCES' })
  await writeWith(gate.guard('write_file', { path: 'a/f', content: 'x' }).open('w'), 'x')
  assert.equal(readFileSync(join(root, 'a', 'f'), 'utf8'), 'x')
})

test('a link put there since is not followed', { skip }, async () => {
  const { root, secret, gate } = tree()
  const read = gate.guard('read_file', { path: 'a/f' })
  const write = gate.guard('write_file', { path: 'a/f', content: 'x' })
  assert.ok(read.allowed && write.allowed)
  const nothingOpens = async () => {
    await assert.rejects(read.open())
    await assert.rejects(write.open('w'))
    await assert.rejects(write.open('a'))
  }
  rmSync(join(root, 'a', 'f'))
  symlinkSync(join(secret, 'f'), join(root, 'a', 'f'))
  await nothingOpens()
  rmSync(join(root, 'a', 'f'))
  rmdirSync(join(root, 'a'))
  symlinkSync(secret, join(root, 'a'))
  await nothingOpens()
  assert.equal(readFileSync(join(secret, 'f'), 'utf8'), 'secret')
  assert.equal(gate.guard('read_file', { path: 'a/f' }).code, 'path.outside_allowed')
})

test('a decision opens nothing that it does not allow', { skip }, async () => {
  const { gate } = tree()
  for (const decision of [
    gate.guard('read_file', { path: '/etc/hostname' }),
    gate.guard('read_file', { path: 'out/f' }),
    gate.guard('file.list', { path: 'a' }),
    gate.guard('get_time', {}),
  ]) {
    await assert.rejects(decision.open(), { code: 'EACCES' })
  }
})

test('a policy may leave links alone', { skip }, async () => {
  const { root } = tree()
  const gate = Gate.fromYaml(
    `audit: off\npaths: { links: ignore }\ntools: { file.*: { decision: allow, allowed_paths: ['${root}'] } }`,
    { cwd: root },
  )
  const decision = gate.guard('read_file', { path: 'out/f' })
  assert.deepEqual([decision.allowed, decision.realPath, decision.obligations], [true, null, []])
  await assert.rejects(decision.open(), { code: 'EACCES' })
})
