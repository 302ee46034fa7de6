// What users install: the package and that of their platform, without a clone, a compiler or a script that runs.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'

import { programsOf } from './programs.mjs'
import { ROOT, directory } from './support.mjs'

const [{ program, policy, expected }] = programsOf('README.md')
const place = directory()
const run = (...command) => execFileSync('npm', command, { cwd: place, encoding: 'utf8', env: bare() })

/** An environment without Cargo: Node's own programs and nothing else. */
function bare() {
  const path = join(place, 'bin')
  return { ...process.env, PATH: path, npm_config_cache: join(place, 'cache'), npm_config_offline: 'true' }
}

before(() => {
  mkdirSync(join(place, 'bin'))
  for (const name of ['node', 'npm', 'sh']) symlinkSync(found(name), join(place, 'bin', name))
  for (const what of ['--platform', '--main']) {
    execFileSync(process.execPath, [join(ROOT, 'bindings-node', 'stage.mjs'), join(place, 'staged'), what])
  }
  const staged = readdirSync(join(place, 'staged')).map((name) => join(place, 'staged', name))
  const packed = staged.map((one) => join(place, JSON.parse(run('pack', '--json', one))[0].filename))
  writeFileSync(join(place, 'package.json'), '{ "private": true }')
  writeFileSync(join(place, 'toolgate.yaml'), policy)
  run('install', '--omit=optional', ...packed)
})

function found(name) {
  return name === 'node'
    ? process.execPath
    : execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
}

function prints(file, text) {
  writeFileSync(join(place, file), text)
  const done = spawnSync(process.execPath, [file], { cwd: place, encoding: 'utf8', env: bare() })
  return [done.stdout, done.stderr]
}

test('there is no compiler here', () => {
  assert.throws(() => execFileSync('cargo', ['--version'], { env: bare() }))
})

test('the program of the README runs as an ES module', () => {
  assert.deepEqual(prints('program.mjs', program), [expected, ''])
})

test('the program of the README runs under CommonJS', () => {
  const body = program.replace(/^import (\{.*?\}) from 'toolgate'$/m, "const $1 = require('toolgate')")
  assert.deepEqual(prints('program.cjs', `;(async () => {\n${body}\n})()`), [expected, ''])
})

test('it is one implementation', () => {
  const text = `
import * as modules from 'toolgate'
import { createRequire } from 'node:module'
const required = createRequire(import.meta.url)('toolgate')
console.log(Object.keys(required).every((name) => required[name] === modules[name]))`
  assert.deepEqual(prints('same.mjs', text), ['true\n', ''])
})

test('nothing is packed that users do not need, and nothing runs when it is installed', () => {
  const main = join(place, 'node_modules', 'toolgate')
  const manifest = JSON.parse(readFileSync(join(main, 'package.json'), 'utf8'))
  assert.deepEqual(readdirSync(main).sort(), ['LICENSE', 'README.md', 'bindings-node', 'package.json'])
  assert.deepEqual(readdirSync(join(main, 'bindings-node')), ['toolgate'])
  assert.deepEqual([manifest.scripts, manifest.devDependencies], [undefined, undefined])
  assert.ok(Object.values(manifest.optionalDependencies).every((version) => version === manifest.version))
})

test('the package of another version is refused, and a missing one is told', () => {
  const [name] = readdirSync(join(place, 'node_modules')).filter((one) => /^toolgate-/.test(one))
  const manifest = join(place, 'node_modules', 'toolgate', 'package.json')
  const text = readFileSync(manifest, 'utf8')
  writeFileSync(manifest, text.replace(/"version": "[^"]+"/, '"version": "9.9.9"'))
  assert.match(
    prints('other.mjs', "import 'toolgate'")[1],
    /toolgate 9\.9\.9 found the native library \d+\.\d+\.\d+ at toolgate-/,
  )
  writeFileSync(manifest, text)
  rmSync(join(place, 'node_modules', name), { recursive: true })
  assert.match(prints('none.mjs', "import 'toolgate'")[1], /toolgate has no native library for .*: neither toolgate-/)
})
