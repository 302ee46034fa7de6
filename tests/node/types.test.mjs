// What a user's type checker says, and that the declarations tell what is there.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { test } from 'node:test'

import * as toolgate from 'toolgate'

import { ROOT } from './support.mjs'

const require = createRequire(import.meta.url)
const ts = require('typescript')

test('code that uses it rightly passes, and each mistake is found', () => {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const project = join(ROOT, 'tests', 'node', 'types')
  const run = spawnSync(process.execPath, [tsc, '--project', project], { encoding: 'utf8' })
  assert.equal(run.stdout + run.stderr, '')
  const meant = readFileSync(join(project, 'wrong.mts'), 'utf8').match(/@ts-expect-error/g)
  assert.ok(meant.length > 20)
})

for (const page of ['index', 'http']) {
  test(`the declarations of ${page} tell what is there, and all of it is documented`, async () => {
    const file = join(ROOT, 'bindings-node', 'toolgate', `${page}.d.cts`)
    const { values, undocumented } = declared(file)
    const there = page === 'index' ? toolgate : await import('toolgate/http')
    assert.deepEqual(values.map((value) => value.name).sort(), Object.keys(there).sort())
    for (const { name, members } of values) {
      assert.deepEqual(members, membersOf(there[name]), name)
    }
    assert.deepEqual(undocumented, [])
  })
}

/** The values that a file declares, the members of its classes, and what says nothing about itself. */
function declared(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const exported = source.statements.filter((one) => ts.canHaveModifiers(one) && ts.getModifiers(one)?.length)
  const named = exported.flatMap((one) => one.declarationList?.declarations ?? [one])
  const values = new Map()
  for (const one of named.filter((each) => !ts.isInterfaceDeclaration(each) && !ts.isTypeAliasDeclaration(each))) {
    values.set(
      one.name.text,
      (one.members ?? []).filter(isMember).map((member) => member.name.getText()),
    )
  }
  // Of several forms of one function the first is the one that speaks.
  const first = named.filter((one, index) => named.findIndex((other) => other.name.text === one.name.text) === index)
  const silent = first.filter((one) => ts.getJSDocCommentsAndTags(one).length === 0).map((one) => one.name.text)
  const unique = (members) => [...new Set(members)].sort()
  return { values: [...values].map(([name, members]) => ({ name, members: unique(members) })), undocumented: silent }
}

function isMember(member) {
  return ts.isMethodDeclaration(member) || ts.isGetAccessor(member)
}

/** Methods and getters of a class, its static ones among them; inner ones begin with a hash or are symbols. */
function membersOf(value) {
  if (typeof value !== 'function' || !/^class/.test(Function.prototype.toString.call(value))) return []
  const names = [...Object.getOwnPropertyNames(value), ...Object.getOwnPropertyNames(value.prototype)]
  const inner = ['length', 'name', 'prototype', 'constructor']
  return [...new Set(names)].filter((name) => !inner.includes(name)).sort()
}
